using System.Globalization;

namespace Retort.Comparison;

/// <summary>A recipe made from another one by taking some of its stages, changing them and adding copies; ends as text.</summary>
internal sealed class RecipeVariant
{
    private readonly RecipeMapping _root;
    private readonly RecipeNode[] _from;
    private readonly List<RecipeNode> _stages = [];

    /// <param name="resolved">The whole recipe as <see cref="Binding{T}.ResolvedText"/> writes it.</param>
    public RecipeVariant(string resolved)
    {
        _root = RecipeDocument.Parse(resolved).Root;
        _from = _root.Find("stages")?.Value is RecipeSequence stages ? [.. stages.Items] : [];
    }

    /// <summary>The keys that a stage writes for one of its terms; none where it has no such term.</summary>
    public IReadOnlyList<string> WrittenOptions(int index, string slug) =>
        _from[index] is RecipeMapping { Entries: [{ Value: RecipeMapping stage }] } && Expanded(stage, slug) is { } term
            ? [.. OptionsOf(term).Entries.Select(e => e.Key)]
            : [];

    /// <summary>Takes a stage over.</summary>
    /// <param name="index">Its place in the recipe.</param>
    /// <param name="changes">Paths of keys in the stage, with YAML for their values.</param>
    public RecipeVariant Take(int index, params IEnumerable<(string Path, string Yaml)> changes)
    {
        Add(index, changes);
        return this;
    }

    /// <summary>Adds the baseline: a stage that trains the student alone, with what a search found for the task's term.</summary>
    public RecipeVariant TakeBaseline(
        int index, bool isDistilled, MethodChoice choice, string lrPath, IEnumerable<(string Path, string Yaml)> changes)
    {
        RecipeMapping stage = Add(index, [.. changes, .. Rate(choice, lrPath), ("name", Quote(choice.Name))]);
        RecipeMapping task = Expanded(stage, MethodChoice.TaskSlug) ?? NewTerm(MethodChoice.TaskSlug);
        Lay(task, choice);
        if (!isDistilled)
            return this;
        stage.Entries.RemoveAll(e => e.Key == "teachers");
        Criteria(stage, [task]);
        return this;
    }

    /// <summary>Adds a copy of the distilled stage whose terms are the task's and one method's.</summary>
    /// <remarks>Where the stage names the method itself, both terms are as it writes them; elsewhere the task's term has its
    /// default weight, because a weight that was chosen beside another method's term means nothing here.</remarks>
    public RecipeVariant AddMethod(
        int index, MethodChoice choice, string lrPath, IEnumerable<(string Path, string Yaml)> changes)
    {
        RecipeMapping stage = Add(index, [.. changes, .. Rate(choice, lrPath), ("name", Quote(choice.Name))]);
        RecipeMapping task = Expanded(stage, MethodChoice.TaskSlug) ?? NewTerm(MethodChoice.TaskSlug);
        RecipeMapping? own = Expanded(stage, choice.Slug);
        if (own is null)
            OptionsOf(task).Entries.RemoveAll(e => e.Key == "weight");
        own ??= NewTerm(choice.Slug);
        Lay(own, choice);
        Criteria(stage, [task, own]);
        return this;
    }

    /// <summary>Adds a stage written as YAML.</summary>
    public RecipeVariant AddStage(string yaml)
    {
        _stages.Add(YamlPart.Mapping(yaml, "stage"));
        return this;
    }

    /// <summary>The recipe as YAML.</summary>
    public override string ToString()
    {
        var entries = _root.Entries.ConvertAll(e => e.Key == "stages"
            ? new RecipeEntry(e.Key, e.KeySpan, new RecipeSequence(e.Value.Span, _stages))
            : e);
        return RecipeWriter.Write(new RecipeMapping(_root.Span, entries));
    }

    private static IEnumerable<(string Path, string Yaml)> Rate(MethodChoice choice, string lrPath) =>
        choice.LearningRate is { } rate ? [(lrPath, rate.ToString("R", CultureInfo.InvariantCulture))] : [];

    private static string Quote(string name) => $"\"{name}\"";

    private static void Criteria(RecipeMapping stage, List<RecipeNode> terms) =>
        YamlPart.Set(stage, "criteria", new RecipeSequence(stage.Span, terms));

    private static RecipeMapping NewTerm(string slug) => YamlPart.Mapping($"{{ {slug}: {{}} }}", slug);

    private static RecipeMapping OptionsOf(RecipeMapping term) => (RecipeMapping)term.Entries[0].Value;

    // A term may stand as its bare name; it becomes a mapping, so that options can be laid over it.
    private static RecipeMapping? Expanded(RecipeMapping stage, string slug)
    {
        if (stage.Find("criteria")?.Value is not RecipeSequence terms)
            return null;
        for (int k = 0; k < terms.Items.Count; k++)
        {
            if (terms.Items[k] is RecipeScalar { IsNull: false } bare && bare.Text == slug)
                terms.Items[k] = NewTerm(slug);
            if (terms.Items[k] is not RecipeMapping { Entries: [var only] } || only.Key != slug)
                continue;
            if (only.Value is RecipeScalar { IsNull: true })
                only.Value = new RecipeMapping(only.KeySpan, []);
            return (RecipeMapping)terms.Items[k];
        }

        return null;
    }

    private static void Lay(RecipeMapping term, MethodChoice choice)
    {
        RecipeMapping options = OptionsOf(term);
        if (choice.Written.Length > 0)
        {
            foreach (RecipeEntry entry in YamlPart.Mapping(choice.Written, choice.Name).Entries)
                YamlPart.Set(options, entry.Key, entry.Value);
        }

        foreach ((string key, string yaml) in choice.Found)
            YamlPart.Set(options, key, YamlPart.Node(yaml, choice.Name)!);
    }

    private RecipeMapping Add(int index, IEnumerable<(string Path, string Yaml)> changes)
    {
        // Nodes that two stages share would be changed in both.
        RecipeNode copy = _from[index].Copy(() => { });
        if (copy is RecipeScalar bare)
            copy = new RecipeMapping(bare.Span, [new RecipeEntry(bare.Text, bare.Span, new RecipeMapping(bare.Span, []))]);
        _stages.Add(copy);
        RecipeMapping options = OptionsOf((RecipeMapping)copy);
        foreach ((string path, string yaml) in changes)
            YamlPart.Set(options, path, YamlPart.Node(yaml, path)!);
        return options;
    }
}
