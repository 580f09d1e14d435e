namespace Retort.Reports;

/// <summary>A point of a curve.</summary>
/// <param name="Epoch">Passes over the data.</param>
/// <param name="Value">The figure then. NaN leaves a hole.</param>
public readonly record struct CurvePoint(double Epoch, double Value);
