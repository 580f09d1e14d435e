namespace Retort.Reports.Plots;

/// <summary>A row of a <see cref="BarPlot"/>. A NaN is written as a dash and draws nothing.</summary>
public readonly record struct BarRow(string Name, double Value, double Mark = double.NaN);
