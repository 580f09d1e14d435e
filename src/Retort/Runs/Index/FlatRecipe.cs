namespace Retort.Runs.Index;

/// <summary>A recipe as paths and values, written as <c>--set</c> takes them, so that two can be compared key by key.</summary>
internal static class FlatRecipe
{
    /// <summary>Reads a resolved recipe.</summary>
    /// <returns>Paths with values, in the recipe's order.</returns>
    /// <exception cref="RecipeException">The text cannot be read as a recipe.</exception>
    public static List<KeyValuePair<string, string>> Of(string text, string name)
    {
        // A secret stays a reference in a resolved recipe; comparing needs no more than its name.
        RecipeDocument document = RecipeDocument.Parse(text, name, environment: variable => "${" + variable + "}");
        var values = new List<KeyValuePair<string, string>>();
        Add(document.Root, string.Empty, values);
        return values;
    }

    private static void Add(RecipeNode node, string path, List<KeyValuePair<string, string>> values)
    {
        switch (node)
        {
            case RecipeScalar scalar:
                values.Add(new(path, scalar.IsNull ? "present" : scalar.Text));
                break;
            case RecipeSequence list when list.Items.TrueForAll(item => item is RecipeScalar):
                values.Add(new(path, $"[{string.Join(", ", list.Items.Cast<RecipeScalar>().Select(s => s.Text))}]"));
                break;
            case RecipeSequence list:
                string[] labels = [.. list.Items.Select((item, index) => LabelOf(item) ?? $"{index}")];
                bool unique = labels.Distinct().Count() == labels.Length;
                for (int k = 0; k < labels.Length; k++)
                    AddItem(list.Items[k], $"{path}.{(unique ? labels[k] : $"{k}")}", values);
                break;
            case RecipeMapping { Entries.Count: 0 }:
                values.Add(new(path, "present"));
                break;
            case RecipeMapping mapping:
                foreach (RecipeEntry entry in mapping.Entries)
                    Add(entry.Value, path.Length == 0 ? entry.Key : $"{path}.{entry.Key}", values);
                break;
        }
    }

    // `- kd: { weight: 1 }` is `criteria.kd.weight`, not `criteria.kd.kd.weight`.
    private static void AddItem(RecipeNode item, string path, List<KeyValuePair<string, string>> values)
    {
        if (item is RecipeScalar)
            values.Add(new(path, "present"));
        else if (item is RecipeMapping { Entries: [var only] } && path.EndsWith("." + only.Key, StringComparison.Ordinal))
            Add(only.Value, path, values);
        else
            Add(item, path, values);
    }

    private static string? LabelOf(RecipeNode item) => item switch
    {
        RecipeScalar { IsNull: false } scalar => scalar.Text,
        RecipeMapping { Entries: [{ Value: RecipeMapping inner } only] } => TextOf(inner.Find("name")) ?? only.Key,
        RecipeMapping { Entries: [var only] } => only.Key,
        RecipeMapping own => TextOf(own.Find("name")),
        _ => null,
    };

    private static string? TextOf(RecipeEntry? entry) => (entry?.Value as RecipeScalar)?.Text;
}
