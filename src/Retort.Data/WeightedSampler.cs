namespace Retort.Data;

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
        {
            throw new ArgumentException(
                $"'{data.Name}' ({data.Split}) has {data.Count} samples, and there are {_cumulative.Length} weights.",
                nameof(data));
        }

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
