namespace Retort.Tracking;

/// <summary>A named figure, such as <c>loss/kd</c> or <c>accuracy</c>.</summary>
public readonly record struct Metric(string Name, double Value);
