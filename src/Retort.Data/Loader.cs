using Retort.Torch;

namespace Retort.Data;

/// <summary>Gives a data set's batches, epoch by epoch: shuffled by seed, transformed, resumable at any step.</summary>
/// <remarks>Order and augmentation depend on the seed, the epoch and the sample alone, so there is no state to save.</remarks>
public sealed class Loader
{
    private readonly Dataset _data;
    private readonly LoaderOptions _options;

    /// <summary>Creates a loader.</summary>
    /// <exception cref="ArgumentException">The set has no samples, or fewer than a batch where partial ones are dropped.</exception>
    public Loader(Dataset data, LoaderOptions options)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.BatchSize, 1);
        _data = data;
        _options = options;
        StepsPerEpoch = options.DropLast ? data.Count / options.BatchSize : (data.Count + options.BatchSize - 1) / options.BatchSize;
        if (StepsPerEpoch == 0)
        {
            throw new ArgumentException(
                $"'{data.Name}' ({data.Split}) has {data.Count} samples, which gives no batch of {options.BatchSize}.", nameof(data));
        }
    }

    /// <summary>Batches in one pass over the data.</summary>
    public int StepsPerEpoch { get; }

    /// <summary>The data set.</summary>
    public Dataset Data => _data;

    /// <summary>The batches of an epoch from a step on. Each belongs to the scope that is open when it is asked for.</summary>
    /// <param name="epoch">From 0.</param>
    /// <param name="firstStep">The first batch to give, from 0.</param>
    public IEnumerable<Batch> Epoch(long epoch, int firstStep = 0)
    {
        int[] order = Order(epoch);
        for (int step = firstStep; step < StepsPerEpoch; step++)
        {
            int from = step * _options.BatchSize;
            yield return Load(order.AsSpan(from, Math.Min(_options.BatchSize, order.Length - from)), epoch);
        }
    }

    private int[] Order(long epoch) => _options.Shuffle
        ? RandomStream.Derive(_options.Seed, 0x0DE7, (ulong)epoch).Permutation(_data.Count)
        : [.. Enumerable.Range(0, _data.Count)];

    private Batch Load(ReadOnlySpan<int> places, long epoch)
    {
        using GradMode off = Autograd.NoGrad();
        Batch batch = _data.Gather(places);
        for (int k = 0; k < _options.Transforms.Count; k++)
            batch = _options.Transforms[k].Apply(batch, new TransformMoment(_options.Seed, epoch, k));
        return batch;
    }
}

/// <summary>How a loader goes through its data.</summary>
public sealed record LoaderOptions
{
    /// <summary>Samples in a batch.</summary>
    public int BatchSize { get; init; } = 128;

    /// <summary>Whether each epoch has an order of its own.</summary>
    public bool Shuffle { get; init; }

    /// <summary>Whether a last batch with fewer samples is left out.</summary>
    public bool DropLast { get; init; }

    /// <summary>Decides order and augmentation.</summary>
    public ulong Seed { get; init; }

    /// <summary>Applied to each batch in order.</summary>
    public IReadOnlyList<IBatchTransform> Transforms { get; init; } = [];
}
