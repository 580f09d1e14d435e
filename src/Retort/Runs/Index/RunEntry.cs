namespace Retort.Runs.Index;

/// <summary>A run as a listing shows it.</summary>
public sealed record RunEntry
{
    /// <summary>Its folder below the root, with slashes: <c>quickstart</c>, or <c>sweep/small</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Its folder as an absolute path.</summary>
    public required string Folder { get; init; }

    /// <summary>How far it is.</summary>
    public required RunState State { get; init; }

    /// <summary>Which file cannot be read, and why; null where all can.</summary>
    public string? Problem { get; init; }

    /// <summary>The recipe's name; null where it cannot be told.</summary>
    public string? Recipe { get; init; }

    /// <summary>When it ended, or last wrote a figure, in UTC.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Seconds that it computed; NaN before its summary is written.</summary>
    public double WallSeconds { get; init; } = double.NaN;

    /// <summary>Its figures in the summary's order; none before that is written.</summary>
    public IReadOnlyList<RunFigure> Figures { get; init; } = [];

    /// <summary>The figure that a listing shows: of a metric, that of the model named last, which is the distilled one.</summary>
    /// <param name="metric">The metric.</param>
    /// <returns>The figure, or null where the run has none of that metric.</returns>
    public RunFigure? Headline(string metric) => Figures.LastOrDefault(f => f.Metric == metric);
}
