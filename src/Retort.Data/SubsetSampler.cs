namespace Retort.Data;

/// <summary>A new random share of the samples in each epoch, so that all are seen over time.</summary>
/// <remarks>Okanovic et al., "Repeated Random Sampling for Minimizing the Time-to-Accuracy of Learning",
/// arXiv:2305.18424.</remarks>
public sealed class SubsetSampler : Sampler
{
    private readonly double _share;
    private readonly bool _redraw;

    /// <summary>Creates a sampler.</summary>
    /// <param name="share">Share of the samples in an epoch, above 0 and at most 1.</param>
    /// <param name="redraw">Whether each epoch draws from all samples; otherwise epochs go on through a shuffled set, which is
    /// shuffled again when it is used up.</param>
    /// <exception cref="ArgumentOutOfRangeException">The share is no share.</exception>
    public SubsetSampler(double share, bool redraw = false)
    {
        if (!(share > 0 && share <= 1))
            throw new ArgumentOutOfRangeException(nameof(share), share, "must be above 0 and at most 1.");
        _share = share;
        _redraw = redraw;
    }

    /// <inheritdoc/>
    public override int CountOf(Dataset data)
    {
        ArgumentNullException.ThrowIfNull(data);
        return data.Count == 0 ? 0 : Math.Max(1, (int)Math.Round(_share * data.Count));
    }

    /// <inheritdoc/>
    public override int[] Order(Dataset data, ulong seed, long epoch)
    {
        int count = CountOf(data), all = data.Count;
        if (_redraw)
            return StreamOf(seed, epoch).Permutation(all)[..count];
        var order = new int[count];
        for (int filled = 0; filled < count;)
        {
            (long pass, long from) = Math.DivRem((epoch * count) + filled, all);
            int taken = (int)Math.Min(count - filled, all - from);
            StreamOf(seed, pass).Permutation(all).AsSpan((int)from, taken).CopyTo(order.AsSpan(filled));
            filled += taken;
        }

        return order;
    }
}
