namespace Retort.Data;

/// <summary>Decides which samples an epoch has, and in what order.</summary>
/// <remarks>The order depends on the seed and the epoch alone.</remarks>
public abstract class Sampler
{
    /// <summary>How many samples an epoch has.</summary>
    public abstract int CountOf(Dataset data);

    /// <summary>The places of an epoch's samples, as many as <see cref="CountOf"/> says.</summary>
    public abstract int[] Order(Dataset data, ulong seed, long epoch);

    private protected static RandomStream StreamOf(ulong seed, long epoch) => RandomStream.Derive(seed, 0x0DE7, unchecked((ulong)epoch));
}

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

/// <summary>Every class equally often: rare classes come more than once an epoch, frequent ones in part.</summary>
/// <remarks>Within a class samples come in turn, each pass in an order of its own. Samples without a label do not come.</remarks>
/// <param name="count">Samples in an epoch; null for as many as the set has.</param>
public sealed class BalancedSampler(int? count = null) : Sampler
{
    /// <inheritdoc/>
    public override int CountOf(Dataset data)
    {
        ArgumentNullException.ThrowIfNull(data);
        return count ?? data.Count;
    }

    /// <inheritdoc/>
    public override int[] Order(Dataset data, ulong seed, long epoch)
    {
        var order = new int[CountOf(data)];
        RandomStream random = StreamOf(seed, epoch);
        int[][] classes = [.. Enumerable.Range(0, data.Count).Where(place => data.Labels[place] != Dataset.NoLabel)
            .GroupBy(place => data.Labels[place]).OrderBy(group => group.Key).Select(group => group.ToArray())];
        if (classes.Length == 0)
            throw new ArgumentException($"'{data.Name}' ({data.Split}) has no labels to balance.", nameof(data));
        var next = new int[classes.Length];
        for (int k = 0; k < order.Length; k += classes.Length)
        {
            int[] turn = random.Permutation(classes.Length);
            for (int i = 0; i < turn.Length && k + i < order.Length; i++)
            {
                int[] members = classes[turn[i]];
                if (next[turn[i]] % members.Length == 0)
                    random.Shuffle<int>(members);
                order[k + i] = members[next[turn[i]]++ % members.Length];
            }
        }
        return order;
    }
}

/// <summary>Samples drawn with replacement, each in proportion to its weight.</summary>
public sealed class WeightedSampler : Sampler
{
    private readonly double[] _cumulative;
    private readonly int? _count;

    /// <summary>Creates a sampler.</summary>
    /// <param name="weights">One a sample, 0 or more and not all 0; their scale does not matter.</param>
    /// <param name="count">Samples in an epoch; null for as many as the set has.</param>
    /// <exception cref="ArgumentException">A weight is negative or not finite, or all are 0.</exception>
    public WeightedSampler(IReadOnlyList<double> weights, int? count = null)
    {
        ArgumentNullException.ThrowIfNull(weights);
        _count = count;
        _cumulative = new double[weights.Count];
        double sum = 0;
        for (int k = 0; k < weights.Count; k++)
        {
            if (!(weights[k] >= 0) || !double.IsFinite(weights[k]))
                throw new ArgumentException($"weight {k} is {weights[k]}; it must be a number of at least 0.", nameof(weights));
            _cumulative[k] = sum += weights[k];
        }
        if (!(sum > 0) || !double.IsFinite(sum))
            throw new ArgumentException($"the weights add up to {sum}; a positive number is needed.", nameof(weights));
    }

    /// <inheritdoc/>
    public override int CountOf(Dataset data)
    {
        ArgumentNullException.ThrowIfNull(data);
        if (data.Count != _cumulative.Length)
            throw new ArgumentException($"'{data.Name}' ({data.Split}) has {data.Count} samples, and there are {_cumulative.Length} weights.", nameof(data));
        return _count ?? data.Count;
    }

    /// <inheritdoc/>
    public override int[] Order(Dataset data, ulong seed, long epoch)
    {
        var order = new int[CountOf(data)];
        RandomStream random = StreamOf(seed, epoch);
        for (int k = 0; k < order.Length; k++)
        {
            double at = random.NextDouble() * _cumulative[^1];
            int low = 0;
            int high = _cumulative.Length - 1;
            while (low < high)
            {
                int middle = (low + high) / 2;
                if (_cumulative[middle] > at)
                    high = middle;
                else
                    low = middle + 1;
            }
            order[k] = low;
        }
        return order;
    }
}
