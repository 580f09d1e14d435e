namespace Retort.Data;

/// <summary>Every sample once, in the set's order.</summary>
public sealed class SequentialSampler : Sampler
{
    /// <inheritdoc/>
    public override int CountOf(Dataset data)
    {
        ArgumentNullException.ThrowIfNull(data);
        return data.Count;
    }

    /// <inheritdoc/>
    public override int[] Order(Dataset data, ulong seed, long epoch) => [.. Enumerable.Range(0, CountOf(data))];
}
