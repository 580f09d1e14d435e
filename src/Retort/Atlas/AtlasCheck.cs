namespace Retort.Atlas;

/// <summary>How one inequality of a claim came out.</summary>
/// <param name="Inequality">What was claimed.</param>
/// <param name="Mean">The figure's mean over the seeds.</param>
/// <param name="Baseline">The other figure's mean, or the number that the figure is compared with.</param>
/// <param name="Difference">The mean of figure − other, seed by seed.</param>
/// <param name="StandardError">The standard error of that mean; NaN (null in JSON) with one seed.</param>
/// <param name="Holds">Whether the inequality holds; false where a figure is NaN.</param>
public sealed record AtlasCheck(
    string Inequality, double Mean, double Baseline, double Difference, double StandardError, bool Holds);
