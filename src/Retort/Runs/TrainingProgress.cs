namespace Retort.Runs;

/// <summary>Where a training stands.</summary>
/// <param name="Stage">The stage's name.</param>
/// <param name="Seed">The seed.</param>
/// <param name="Step">Steps done.</param>
/// <param name="TotalSteps">Steps of the whole training.</param>
/// <param name="Epoch">Passes over the data done, with the fraction.</param>
/// <param name="Epochs">Passes of the whole training.</param>
/// <param name="Loss">Mean loss since the last report; NaN where nothing is learned.</param>
/// <param name="SamplesPerSecond">Since the last report.</param>
/// <param name="SecondsLeft">Estimate for this stage.</param>
public readonly record struct TrainingProgress(
    string Stage, long Seed, long Step, long TotalSteps, double Epoch,
    double Epochs, double Loss, double SamplesPerSecond, double SecondsLeft);
