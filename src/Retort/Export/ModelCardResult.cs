namespace Retort.Export;

/// <summary>A figure of a model card.</summary>
/// <param name="Model">Whose figure it is: <c>student-distilled</c>, <c>student-baseline</c>, <c>teacher</c>.</param>
/// <param name="Split">The split that it was measured on.</param>
/// <param name="Metric">What was measured.</param>
/// <param name="Mean">The mean over the seeds.</param>
/// <param name="Deviation">The standard deviation over the seeds; NaN where there is one seed alone.</param>
/// <param name="Seeds">How many seeds there were.</param>
public sealed record ModelCardResult(string Model, string Split, string Metric, double Mean, double Deviation, int Seeds);
