using Retort.Evaluation;

namespace Retort.Reports;

/// <summary>Two methods compared over the seeds that both have.</summary>
/// <param name="Gain">How much better in the mean of those seeds; positive is better, whichever way the metric goes.</param>
/// <param name="Test">The paired t-test over those seeds.</param>
/// <param name="AdjustedPValue">Its p-value after Holm's correction for all comparisons of the column; NaN where it has
/// none.</param>
public sealed record LeagueComparison(double Gain, PairedTest Test, double AdjustedPValue);
