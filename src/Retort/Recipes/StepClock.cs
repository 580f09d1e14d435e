namespace Retort.Recipes;

/// <summary>Where a training stands: what schedules read.</summary>
/// <param name="Step">Steps that are done: 0 before the first, <paramref name="TotalSteps"/> after the last.</param>
/// <param name="TotalSteps">Steps of the whole training.</param>
/// <param name="StepsPerEpoch">Steps of one pass over the data.</param>
public readonly record struct StepClock(long Step, long TotalSteps, long StepsPerEpoch)
{
    /// <summary>Passes over the data that are done, with the fraction of the one under way.</summary>
    public double Epoch => StepsPerEpoch > 0 ? (double)Step / StepsPerEpoch : 0;

    /// <summary>How much of the training is done, from 0 to 1.</summary>
    public double Fraction => TotalSteps > 0 ? Math.Clamp((double)Step / TotalSteps, 0, 1) : 0;
}
