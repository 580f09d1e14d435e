using Retort.Torch;

namespace Retort.Data;

/// <summary>Gives a data set's batches, epoch by epoch: in an order decided by seed, transformed, resumable at any
/// step.</summary>
/// <remarks>Order and augmentation depend on the seed, the epoch and the sample alone, so there is no state to save: epoch and
/// step say where to go on.</remarks>
public sealed class Loader
{
    private readonly Dataset _data;
    private readonly LoaderOptions _options;
    private readonly Sampler _sampler;
    private readonly int _samples;
    private readonly ulong _lookSeed;
    private readonly bool _orderIsReplayed;
    private readonly KeyValuePair<string, IReadOnlyList<IBatchTransform>>[] _views;

    /// <summary>Creates a loader.</summary>
    /// <exception cref="ArgumentException">The set has no samples, or fewer than a batch where partial ones are dropped; or the
    /// options contradict each other.</exception>
    public Loader(Dataset data, LoaderOptions options)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _data = data;
        _options = options;
        _sampler = options.Sampler ?? (options.Shuffle ? new ShuffledSampler() : new SequentialSampler());
        _samples = _sampler.CountOf(data);
        _lookSeed = options.Replay?.Seed ?? options.Seed;
        _orderIsReplayed = options.Transforms.Concat(options.Views.Values.SelectMany(v => v)).Any(t => t.DependsOnBatch);
        _views = [.. options.Views.OrderBy(view => view.Key, StringComparer.Ordinal)];
        StepsPerEpoch = options.DropLast ? _samples / options.BatchSize : (_samples + options.BatchSize - 1) / options.BatchSize;
        if (StepsPerEpoch == 0)
        {
            throw new ArgumentException(
                $"'{data.Name}' ({data.Split}) has {_samples} samples, which gives no batch of {options.BatchSize}.",
                nameof(data));
        }
    }

    /// <summary>Batches in one pass over the data.</summary>
    public int StepsPerEpoch { get; }

    /// <summary>Samples in a batch; the last of an epoch may have fewer.</summary>
    public int BatchSize => _options.BatchSize;

    /// <summary>The data set.</summary>
    public Dataset Data => _data;

    /// <summary>The batches of an epoch from a step on. Each belongs to the scope that is open when it is asked for.</summary>
    /// <param name="epoch">From 0.</param>
    /// <param name="firstStep">The first batch to give, from 0.</param>
    /// <param name="cancellation">Ends the epoch between two batches with <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The epoch or step is negative.</exception>
    /// <exception cref="DataFormatException">While batches are taken: a sample's file is damaged.</exception>
    public IEnumerable<Batch> Epoch(long epoch, int firstStep = 0, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        ArgumentOutOfRangeException.ThrowIfNegative(firstStep);
        return Batches(epoch, firstStep, cancellation);
    }

    private IEnumerable<Batch> Batches(long epoch, int firstStep, CancellationToken cancellation)
    {
        long look = _options.Replay?.Epochs is { } cycle ? epoch % cycle : epoch;
        int[] order = _orderIsReplayed ? _sampler.Order(_data, _lookSeed, look) : _sampler.Order(_data, _options.Seed, epoch);
        int ahead = _options.Prefetch ?? (_data.IsCostly ? 4 : 0);
        if (ahead == 0)
        {
            for (int step = firstStep; step < StepsPerEpoch; step++)
            {
                cancellation.ThrowIfCancellationRequested();
                yield return Transform(Gather(order, step), look);
            }
            yield break;
        }

        using var prefetcher = new Prefetcher(step => Gather(order, step), firstStep, StepsPerEpoch, ahead, cancellation);
        while (prefetcher.Next() is { } batch)
            yield return Transform(batch, look);
    }

    private Batch Gather(int[] order, int step)
    {
        int from = step * _options.BatchSize;
        return _data.Gather(order.AsSpan(from, Math.Min(_options.BatchSize, order.Length - from)), _options.Threads);
    }

    private Batch Transform(Batch raw, long look)
    {
        if (_options.Transforms.Count == 0 && _views.Length == 0)
            return raw.At(look);
        using GradMode off = Autograd.NoGrad();
        Batch batch = Apply(raw, _options.Transforms, look, view: 0);
        var others = new Dictionary<string, Tensor>();
        for (int v = 0; v < _views.Length; v++)
        {
            Batch view = Apply(raw, _views[v].Value, look, v + 1);
            others.Add(_views[v].Key, view.Input);
            if (view.Targets is { } targets)
                others.Add(_views[v].Key + "_targets", targets);
        }
        return batch.And(others).At(look);
    }

    private Batch Apply(Batch batch, IReadOnlyList<IBatchTransform> transforms, long look, int view)
    {
        for (int k = 0; k < transforms.Count; k++)
            batch = transforms[k].Apply(batch, new TransformMoment(_lookSeed, look, k, view));
        return batch;
    }
}

/// <summary>How a loader goes through its data.</summary>
public sealed record LoaderOptions
{
    /// <summary>Samples in a batch. The default is 128.</summary>
    public int BatchSize { get; init; } = 128;

    /// <summary>Whether each epoch has an order of its own. The default is false.</summary>
    public bool Shuffle { get; init; }

    /// <summary>Decides the samples of an epoch in place of <see cref="Shuffle"/>; null for all samples once.</summary>
    public Sampler? Sampler { get; init; }

    /// <summary>Whether a last batch with fewer samples is left out. The default is false.</summary>
    public bool DropLast { get; init; }

    /// <summary>Decides order and augmentation.</summary>
    public ulong Seed { get; init; }

    /// <summary>Takes augmentation from what was shown before; null for new looks in every epoch.</summary>
    public Replay? Replay { get; init; }

    /// <summary>Applied to each batch in order.</summary>
    public IReadOnlyList<IBatchTransform> Transforms { get; init; } = [];

    /// <summary>Further views of the same samples, by the names that they have in the batch, each with transforms of its
    /// own.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<IBatchTransform>> Views { get; init; } =
        new Dictionary<string, IReadOnlyList<IBatchTransform>>();

    /// <summary>How many batches are read ahead by a thread of their own; null for 4 where samples must be decoded, else
    /// 0.</summary>
    public int? Prefetch { get; init; }

    /// <summary>How many threads decode the samples of a batch. The default is the number of cores, at most 8.</summary>
    public int Threads { get; init; } = Math.Min(8, Environment.ProcessorCount);

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(BatchSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Threads, 1);
        if (Replay?.Epochs is < 1)
            throw new ArgumentOutOfRangeException(nameof(Replay), Replay.Epochs, "at least 1 epoch must be there to begin anew.");
        if (Prefetch is < 0 or > 1024)
            throw new ArgumentOutOfRangeException(nameof(Prefetch), Prefetch, "0 to 1024 batches can be read ahead.");
        if (Shuffle && Sampler is not null)
            throw new ArgumentException(
                $"'{nameof(Shuffle)}' and '{nameof(Sampler)}' both decide the order: set one.", nameof(Sampler));
    }
}
