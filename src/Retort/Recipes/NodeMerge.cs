namespace Retort.Recipes;

/// <summary>Lays a stronger text over a weaker one: an including file over what it includes, a stage over its defaults.</summary>
internal static class NodeMerge
{
    /// <summary>Merges mappings key by key, however deep; anything else of the stronger text replaces the weaker's.</summary>
    /// <remarks>Entries that only the weaker text has are marked as inherited, so that a choice written in the stronger text
    /// (<c>optimizer: { adam: … }</c>) can push out the weaker's (<c>sgd</c>) once it is known to be a choice.</remarks>
    public static RecipeNode Merge(RecipeNode weaker, RecipeNode stronger)
    {
        if (weaker is not RecipeMapping below || stronger is not RecipeMapping above)
            return stronger;
        var entries = new List<RecipeEntry>();
        var winners = above.Entries.ToDictionary(entry => entry.Key, StringComparer.Ordinal);
        foreach (RecipeEntry entry in below.Entries)
        {
            if (winners.TryGetValue(entry.Key, out RecipeEntry? winner))
                entries.Add(new RecipeEntry(winner.Key, winner.KeySpan, Merge(entry.Value, winner.Value))
                {
                    Inherited = winner.Inherited,
                    Replaced = (entry.Value as RecipeScalar)?.Text ?? entry.Replaced,
                });
            else
                entries.Add(entry.With(entry.Value, inherited: true));
        }
        var known = entries.Select(entry => entry.Key).ToHashSet(StringComparer.Ordinal);
        entries.AddRange(above.Entries.Where(entry => !known.Contains(entry.Key)));
        return new RecipeMapping(above.Span, entries);
    }
}
