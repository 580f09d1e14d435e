using System.Text.Json.Serialization;

namespace Retort.Reports;

/// <summary>What <c>summary.json</c> holds: a run's results and what they cost. Its key names are a contract.</summary>
public sealed record RunSummary
{
    /// <summary>The recipe's name.</summary>
    public required string Recipe { get; init; }

    /// <summary>The figures, one entry for each model, split and metric.</summary>
    public IReadOnlyList<ResultSummary> Results { get; init; } = [];

    /// <summary>The models and their cost.</summary>
    public IReadOnlyList<ModelSummary> Models { get; init; } = [];

    /// <summary>Seconds that the run computed, interruptions left out.</summary>
    [JsonPropertyName("wall_s")]
    public double WallSeconds { get; init; }

    /// <summary>The largest resident memory of the process.</summary>
    public long PeakRssBytes { get; init; }

    /// <summary>The seeds, in the order of <see cref="ResultSummary.Values"/>.</summary>
    public IReadOnlyList<long> Seeds { get; init; } = [];

    /// <summary>Where the run ended, in UTC.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>What the run ran on.</summary>
    public RunEnvironment? Environment { get; init; }

    /// <summary>The entry of a model, split and metric, or null.</summary>
    public ResultSummary? Find(string name, string split, string metric) =>
        Results.FirstOrDefault(r => r.Name == name && r.Split == split && r.Metric == metric);
}
