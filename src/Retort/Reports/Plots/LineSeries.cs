namespace Retort.Reports.Plots;

/// <summary>A line of a <see cref="LinePlot"/>.</summary>
public sealed record LineSeries
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Its points, by ascending x.</summary>
    public required IReadOnlyList<LinePoint> Points { get; init; }

    /// <summary>Its colour and marker.</summary>
    public PlotColor Color { get; init; }

    /// <summary>
    /// Dashed and without a marker, for what is secondary. Named only on hover where a solid line has its colour.
    /// </summary>
    public bool IsDashed { get; init; }
}
