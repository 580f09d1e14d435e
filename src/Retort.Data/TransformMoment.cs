namespace Retort.Data;

/// <summary>Which look at the samples a transform is asked for.</summary>
/// <param name="Seed">The run's seed.</param>
/// <param name="Epoch">The pass over the data.</param>
/// <param name="Place">The transform's place in its list, so that two of a kind differ.</param>
/// <param name="View">Which of several views of the same sample.</param>
public readonly record struct TransformMoment(ulong Seed, long Epoch, int Place, int View = 0)
{
    /// <summary>The randomness of one sample.</summary>
    public RandomStream StreamOf(long sampleId) =>
        RandomStream.Derive(Seed, (ulong)Epoch, (ulong)Place, (ulong)View, unchecked((ulong)sampleId));
}
