namespace Retort.Reports.Plots;

/// <summary>A point of a line.</summary>
/// <param name="X">Where.</param>
/// <param name="Y">The value. NaN breaks the line.</param>
/// <param name="Lower">The lower edge of the band; NaN for no band here.</param>
/// <param name="Upper">The upper edge of the band; NaN for no band here.</param>
public readonly record struct LinePoint(double X, double Y, double Lower = double.NaN, double Upper = double.NaN);
