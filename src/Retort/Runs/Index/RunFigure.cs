namespace Retort.Runs.Index;

/// <summary>A figure of a run over its seeds.</summary>
/// <param name="Name">The model.</param>
/// <param name="Split">The split, such as <c>test</c>.</param>
/// <param name="Metric">The figure, such as <c>accuracy</c>.</param>
/// <param name="Mean">The mean over the seeds; NaN where it is not finite.</param>
/// <param name="StandardDeviation">The sample standard deviation; NaN with one seed.</param>
/// <param name="Seeds">How many seeds.</param>
public sealed record RunFigure(string Name, string Split, string Metric, double Mean, double StandardDeviation, int Seeds);
