namespace Retort.Data;

/// <summary>Every sample once, each epoch in an order of its own.</summary>
public sealed class ShuffledSampler : Sampler
{
    /// <inheritdoc/>
    public override int CountOf(Dataset data)
    {
        ArgumentNullException.ThrowIfNull(data);
        return data.Count;
    }

    /// <inheritdoc/>
    public override int[] Order(Dataset data, ulong seed, long epoch) => StreamOf(seed, epoch).Permutation(CountOf(data));
}
