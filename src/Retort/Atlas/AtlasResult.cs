using System.Text.Json.Serialization;
using Retort.Reports;

namespace Retort.Atlas;

/// <summary>What a measurement of an entry found; <c>result.json</c> of the entry holds it.</summary>
public sealed record AtlasResult
{
    /// <summary>Whether every inequality held when it was measured.</summary>
    public required bool Holds { get; init; }

    /// <summary>The inequalities, as they came out.</summary>
    public required IReadOnlyList<AtlasCheck> Checks { get; init; }

    /// <summary>The figures that the claim speaks of, by full name, one value a seed.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<double>> Figures { get; init; }

    /// <summary>The seeds, in the order of the figures.</summary>
    public required IReadOnlyList<long> Seeds { get; init; }

    /// <summary>
    /// Seconds that computing takes from nothing, what was taken from the stage store included, with seeds side by side
    /// as they were.
    /// </summary>
    [JsonPropertyName("wall_s")]
    public required double WallSeconds { get; init; }

    /// <summary>The day, in UTC.</summary>
    public required DateOnly Date { get; init; }

    /// <summary>The commit that was measured, where it is known.</summary>
    public string? Commit { get; init; }

    /// <summary>What it was measured on.</summary>
    public RunEnvironment? Machine { get; init; }

    /// <summary>Hash of the recipe as it was measured; another recipe needs another measurement.</summary>
    public required string Recipe { get; init; }
}
