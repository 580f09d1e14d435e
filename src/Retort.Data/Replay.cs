namespace Retort.Data;

/// <summary>Augmentation that was shown before, over again: with another loader's seed, or the first epochs' again and
/// again.</summary>
/// <remarks>The order of samples stays the loader's own in every epoch, unless a transform depends on the batch
/// (<see cref="IBatchTransform.DependsOnBatch"/>): then whole batches are shown again. A sampler that leaves samples out decides
/// by the order.</remarks>
public sealed record Replay
{
    /// <summary>Decides augmentation in place of the loader's seed; null for that.</summary>
    public ulong? Seed { get; init; }

    /// <summary>Epochs after which augmentation begins anew, at least 1; null for never.</summary>
    public int? Epochs { get; init; }
}
