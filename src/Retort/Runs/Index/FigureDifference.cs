using Retort.Evaluation;

namespace Retort.Runs.Index;

/// <summary>A figure that two runs have, and how it differs.</summary>
/// <param name="Name">The model.</param>
/// <param name="Split">The split.</param>
/// <param name="Metric">The figure.</param>
/// <param name="First">The first run's mean over its seeds.</param>
/// <param name="Second">The second run's mean over its seeds.</param>
/// <param name="Test">Second against first over the seeds that both have, paired; null where they share fewer than two.</param>
public sealed record FigureDifference(string Name, string Split, string Metric, double First, double Second, PairedTest? Test)
{
    /// <summary>The second mean less the first.</summary>
    public double Difference => Second - First;
}
