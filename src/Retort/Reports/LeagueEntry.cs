namespace Retort.Reports;

/// <summary>A method's results for a <see cref="LeagueTable"/>.</summary>
public sealed record LeagueEntry
{
    /// <summary>The method, or the name that tells it from the others.</summary>
    public required string Name { get; init; }

    /// <summary>The seeds; pairs of methods are formed by them.</summary>
    public required IReadOnlyList<long> Seeds { get; init; }

    /// <summary>The figure with each seed.</summary>
    public required IReadOnlyList<double> Values { get; init; }

    /// <summary>What its model costs, if known.</summary>
    public ModelSummary? Model { get; init; }

    /// <summary>What the method was given beyond its defaults, on one line; empty where nothing.</summary>
    public string Settings { get; init; } = "";

    /// <summary>Seconds that its run took over all seeds; NaN where not known.</summary>
    public double WallSeconds { get; init; } = double.NaN;

    /// <summary>Milliseconds of a training step, in the mean over the steps of the fastest seed; NaN where not known.</summary>
    public double StepMilliseconds { get; init; } = double.NaN;

    /// <summary>The largest resident memory of a process that trained this method alone; NaN where not known.</summary>
    public double PeakBytes { get; init; } = double.NaN;
}
