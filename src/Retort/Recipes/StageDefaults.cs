namespace Retort.Recipes;

/// <summary>Lays each stage over what <c>defaults</c> says for its kind, before anything is bound.</summary>
internal static class StageDefaults
{
    private const int MostErrors = 200;

    /// <param name="document">The recipe; its <c>defaults</c> are taken out.</param>
    /// <param name="registry">What stages there are.</param>
    /// <param name="stageType">The abstract record of stages.</param>
    public static void Apply(RecipeDocument document, ComponentRegistry registry, Type stageType)
    {
        if (document.Root.Find("defaults") is not { } defaults)
            return;
        document.Root.Entries.Remove(defaults);
        if (defaults.Value is not RecipeMapping kinds)
        {
            if (defaults.Value is not RecipeScalar { IsNull: true })
                Report(document, RecipeCodes.WrongType, defaults.Value.Span, $"'defaults' is {defaults.Value.Kind}",
                    "a mapping from kinds of stages to their options");
            return;
        }
        foreach (RecipeEntry entry in kinds.Entries)
            Check(entry, document, registry, stageType);
        if (document.Root.Find("stages")?.Value is not RecipeSequence stages)
            return;
        for (int i = 0; i < stages.Items.Count; i++)
            stages.Items[i] = LaidOver(kinds, stages.Items[i], document.Context);
    }

    private static RecipeNode LaidOver(RecipeMapping kinds, RecipeNode stage, ReadContext context)
    {
        // Each stage has a copy, which counts: a long file of stages must not multiply without limit.
        void Spend() => context.SpendNode(stage.Span);
        switch (stage)
        {
            case RecipeScalar { IsNull: false } scalar when kinds.Find(scalar.Text) is { Value: RecipeMapping below }:
                return new RecipeMapping(scalar.Span, [new RecipeEntry(scalar.Text, scalar.Span, below.Copy(Spend))]);
            case RecipeMapping { Entries: [var only] } when kinds.Find(only.Key) is { Value: RecipeMapping below }:
                RecipeNode copy = below.Copy(Spend);
                only.Value = only.Value is RecipeScalar { IsNull: true } ? copy : NodeMerge.Merge(copy, only.Value);
                return stage;
            default:
                return stage;
        }
    }

    // Defaults of a kind that no stage has are still checked for their keys: a slip in them would otherwise stay in silence.
    private static void Check(RecipeEntry entry, RecipeDocument document, ComponentRegistry registry, Type stageType)
    {
        string[] kinds = [.. registry.Of(stageType).Select(stage => stage.Slug)];
        if (registry.Find(stageType, entry.Key) is not { } stage)
        {
            Report(document, RecipeCodes.UnknownName, entry.KeySpan, $"there is no stage '{entry.Key}'",
                Expect.OneOf(kinds, entry.Key), Spelling.Nearest(entry.Key, kinds));
            return;
        }
        if (entry.Value is not RecipeMapping options)
        {
            Report(document, RecipeCodes.WrongType, entry.KeySpan, $"'{entry.Key}' is {entry.Value.Kind}",
                "a mapping of options");
            return;
        }
        TypeModel model = TypeModel.Of(stage.OptionsType);
        if (model.Properties.Any(property => property.Inline))
            return;
        string[] keys = [.. model.Properties.Select(property => property.Key)];
        foreach (RecipeEntry option in options.Entries.Where(option => !keys.Contains(option.Key)).Take(MostErrors))
        {
            Report(document, RecipeCodes.UnknownKey, option.KeySpan, $"stage '{stage.Slug}' has no key '{option.Key}'",
                Expect.OneOf(keys, option.Key), Spelling.Nearest(option.Key, keys));
        }
    }

    private static void Report(
        RecipeDocument document, RecipeCode code, SourceSpan span, string message, string expected, string? nearest = null) =>
        document.Errors.Add(new Diagnostic(code, span, message) { Expected = expected, Nearest = nearest });
}
