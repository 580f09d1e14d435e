namespace Retort.Atlas;

/// <summary>What a search found; <c>search.json</c> of an entry is a list of these.</summary>
public sealed record AtlasSearchResult
{
    /// <summary>The setting, as <c>--set</c> names it.</summary>
    public required string Set { get; init; }

    /// <summary>The train stage that was measured.</summary>
    public required string Stage { get; init; }

    /// <summary>The value with the highest mean; the first of several that are equal.</summary>
    public required string Best { get; init; }

    /// <summary>Accuracy, or the search's other figure, on the validation split by value, one a seed.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<double>> Accuracy { get; init; }

    /// <summary>The seeds, in the order of the figures.</summary>
    public required IReadOnlyList<long> Seeds { get; init; }

    /// <summary>The day, in UTC.</summary>
    public required DateOnly Date { get; init; }

    /// <summary>The commit that was measured, where it is known.</summary>
    public string? Commit { get; init; }
}
