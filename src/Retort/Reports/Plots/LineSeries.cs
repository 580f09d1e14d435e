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

    /// <summary>Dashed and without a marker, for what is secondary.</summary>
    public bool IsDashed { get; init; }
}

/// <summary>A point of a line.</summary>
/// <param name="X">Where.</param>
/// <param name="Y">The value. NaN breaks the line.</param>
/// <param name="Lower">The lower edge of the band; NaN for no band here.</param>
/// <param name="Upper">The upper edge of the band; NaN for no band here.</param>
public readonly record struct LinePoint(double X, double Y, double Lower = double.NaN, double Upper = double.NaN);
