namespace Retort.Reports.Plots;

/// <summary>
/// A point of a <see cref="ScatterPlot"/>; <paramref name="YSpread"/> is drawn to either side where it is positive.
/// </summary>
public readonly record struct ScatterPoint(string Name, double X, double Y, PlotColor Color, double YSpread = 0);
