using Retort.Data;
using Retort.Data.Graphs;
using Retort.Data.Transforms;
using Retort.Distillation;
using Retort.Torch;

namespace Retort.Runs;

/// <summary>Gives a run's stages their data: each split is read once, then cut as the recipe says.</summary>
public sealed class DataProvider : IDisposable
{
    private const ulong SplitSeed = 0;
    private static readonly int DefaultWorkers = new LoaderOptions().Threads;
    private readonly DataOptions _options;
    private readonly ComponentRegistry _registry;
    private readonly Normalize? _normalize;
    private readonly Dictionary<string, Dataset> _splits = [];
    private NodeGraph? _graph;

    /// <summary>Creates a provider; nothing is read yet.</summary>
    /// <param name="options">What the recipe says.</param>
    /// <param name="registry">Where the set's name is from; null for Retort's own catalogue.</param>
    public DataProvider(DataOptions options, ComponentRegistry? registry = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        _registry = registry ?? RetortCatalog.Default;
        _options = options;
        if (options.Normalize && options.Dataset.Normalization is { } values)
            _normalize = new Normalize(values.Mean, values.Deviation);
    }

    /// <summary>What the recipe says.</summary>
    public DataOptions Options => _options;

    /// <summary>The folder that the set's files are read from.</summary>
    public string Root => _options.Root?.FullPath ?? DefaultRoot(_registry.ComponentOf(_options.Dataset).Slug);

    /// <summary>The folder of a set that a recipe gives no <c>root</c>, and that <c>retort data get</c> fetches it
    /// into.</summary>
    /// <param name="dataset">The set's name in recipes.</param>
    /// <returns>A folder of that name in the one that the environment variable RETORT_DATA names, or in <c>data</c>.</returns>
    public static string DefaultRoot(string dataset) =>
        Path.Combine(Environment.GetEnvironmentVariable("RETORT_DATA") is { Length: > 0 } folder ? folder : "data", dataset);

    /// <summary>The graph whose nodes the samples are; null where the set is no graph.</summary>
    /// <exception cref="DataFormatException">A file is missing or damaged.</exception>
    public NodeGraph? Graph => _options.Dataset is INodeGraphSet set ? _graph ??= set.Graph(Root) : null;

    /// <summary>A split for evaluation: <c>train</c>, <c>validation</c> or <c>test</c>.</summary>
    /// <exception cref="RunException">The recipe holds nothing out for <c>validation</c>.</exception>
    /// <exception cref="DataFormatException">A file is missing or damaged.</exception>
    public Dataset Split(string split)
    {
        ArgumentNullException.ThrowIfNull(split);
        if (_splits.TryGetValue(split, out Dataset? loaded))
            return loaded;
        if (split is "train" or "validation")
        {
            if (split == "validation" && _options.Validation == 0)
            {
                throw new RunException(
                    "the data has no split 'validation'; `data.validation: 0.1` holds a tenth of the training data out.",
                    isInputWrong: true);
            }

            Dataset all = _options.Dataset.Load(Root, "train");
            if (_options.TrainSamples is { } first)
                all = all.Take(first);
            (Dataset held, Dataset rest) = all.SplitOff(_options.Validation, SplitSeed);
            _splits["validation"] = held;
            _splits["train"] = rest.LongTailed(_options.Imbalance);
        }
        else
        {
            Dataset data = _options.Dataset.Load(Root, split);
            _splits[split] = split == "test" && _options.TestSamples is { } count ? data.Take(count) : data;
        }

        return _splits[split];
    }

    /// <summary>Whether a training sample looks the same in every epoch.</summary>
    public bool IsConstant => _options.Augment.Count == 0;

    /// <summary>Whether teachers' answers for all samples are kept unless a recipe says otherwise.</summary>
    /// <remarks>Not of sets that are collated: an answer for each token of a text takes a thousand times a picture's.</remarks>
    public bool RemembersTeachers => IsConstant && _options.Dataset.Collate.Count == 0;

    /// <summary>What every input goes through after augmentation.</summary>
    public IReadOnlyList<IBatchTransform> Normalization => _normalize is null ? [] : [_normalize];

    /// <summary>Whether how a training sample looks depends on the others of its batch.</summary>
    public bool DependsOnBatch => _options.Augment.Any(a => a.Create(classes: 1).DependsOnBatch);

    /// <summary>Training batches: the samples of this seed, shuffled and augmented.</summary>
    /// <param name="seed">Decides which samples are drawn, their order and their augmentation.</param>
    /// <param name="samples">How many are drawn, class by class; null for all.</param>
    /// <param name="batchSize">Samples in a batch; null for the recipe's.</param>
    /// <param name="instead">Samples that take the training split's place, such as those that a stage has made.</param>
    /// <param name="replay">Where augmentation is taken from instead; null for the seed's, new in every epoch.</param>
    /// <param name="sampler">Which samples an epoch has; null for what the recipe says of the data.</param>
    public Loader Training(
        ulong seed, int? samples = null, int? batchSize = null, Dataset? instead = null, Replay? replay = null,
        Sampler? sampler = null)
    {
        Dataset data = Drawn(instead ?? Split("train"), seed, samples);
        if (instead is null)
            data = Unlabelled(data, seed);
        int classes = data.ClassNames.Count;
        return new Loader(data, new LoaderOptions
        {
            BatchSize = batchSize ?? _options.BatchSize,
            Sampler = sampler ?? _options.Sampling switch
            {
                Sampling.Balanced => new BalancedSampler(),
                Sampling.Mixed => new MixedSampler(),
                _ => new ShuffledSampler(),
            },
            DropLast = _options.DropLast,
            Seed = seed,
            Replay = replay,
            Transforms = Pipeline(_options.Augment, classes),
            Views = _options.Views.ToDictionary(view => view.Key, view => Pipeline(view.Value, classes)),
            Prefetch = _options.Prefetch,
            Threads = _options.Workers ?? DefaultWorkers,
        });
    }

    /// <summary>Takes a share of a training's samples out of it, for what is decided on samples that nothing trains on.</summary>
    /// <param name="training">What <see cref="Training"/> gave under the same seed.</param>
    /// <param name="seed">Decides which samples these are, and the order of both.</param>
    /// <param name="share">Above 0 and below 1; at least one sample goes to each side.</param>
    /// <param name="batchSize">Samples in a batch; null for the recipe's.</param>
    /// <param name="replay">As for the training.</param>
    /// <exception cref="RunException">There is only one sample.</exception>
    public (Loader HeldOut, Loader Remaining) HoldOut(
        Loader training, ulong seed, double share, int? batchSize, Replay? replay = null)
    {
        ArgumentNullException.ThrowIfNull(training);
        int count = training.Data.Count;
        if (count < 2)
            throw new RunException("one training sample cannot be divided into held-out ones and others.", isInputWrong: true);
        double least = 1.0 / count;
        (Dataset held, Dataset rest) = training.Data.SplitOff(Math.Clamp(share, least, 1 - least), seed);
        int size = batchSize ?? _options.BatchSize;
        return (Training(seed, null, Math.Min(size, held.Count), held, replay), Training(seed, null, size, rest, replay));
    }

    /// <summary>What makes a stored sample a model's input where nothing is augmented.</summary>
    public IReadOnlyList<IBatchTransform> Preparation => [.. _options.Dataset.Collate, .. Normalization];

    /// <summary>Every training sample once an epoch, as <see cref="Training"/> shows it, in the same batches where sampling is
    /// shuffled; in the set's order where nothing is augmented. What a teacher is asked about before training.</summary>
    /// <param name="seed">The seed that training has.</param>
    /// <param name="samples">How many are drawn, class by class; null for all.</param>
    /// <param name="batchSize">Samples in a batch; null for the recipe's, or for 256 where nothing is augmented.</param>
    public Loader EachOnce(ulong seed, int? samples = null, int? batchSize = null)
    {
        Dataset data = Drawn(Split("train"), seed, samples);
        return new Loader(data, new LoaderOptions
        {
            BatchSize = batchSize ?? (IsConstant ? RememberedTeacher.BatchSize : _options.BatchSize),
            Shuffle = !IsConstant,
            Seed = seed,
            Transforms = Pipeline(_options.Augment, data.ClassNames.Count),
            Prefetch = _options.Prefetch,
            Threads = _options.Workers ?? DefaultWorkers,
        });
    }

    /// <summary>A split's batches in the set's order, not augmented.</summary>
    public Loader Evaluation(string split) => Evaluation(Split(split));

    /// <summary>One sample of a split as models get it.</summary>
    public Batch Sample(string split)
    {
        Batch batch = Split(split).Gather([0]);
        foreach (IBatchTransform transform in Preparation)
            batch = transform.Apply(batch, default);
        return batch;
    }

    /// <summary>Any set's batches in its order, prepared as this data's are.</summary>
    public Loader Evaluation(Dataset data) => new(data, new LoaderOptions
    {
        BatchSize = _options.EvalBatchSize,
        Transforms = Preparation,
        Prefetch = _options.Prefetch,
        Threads = _options.Workers ?? DefaultWorkers,
    });

    /// <summary>What normalisation makes the given inputs of; the inputs themselves where nothing is normalised.</summary>
    /// <param name="input">As models get it, [N, C, …].</param>
    public Tensor Denormalize(Tensor input) => _normalize?.Undo(input) ?? input;

    private static Dataset Drawn(Dataset data, ulong seed, int? samples) =>
        samples is { } count && count < data.Count ? data.Sample(count, seed, balanced: true) : data;

    // All but the samples that keep their labels lose them; which those are is drawn like the samples of a seed.
    private Dataset Unlabelled(Dataset data, ulong seed)
    {
        if (_options.Labelled is not { } count || count >= data.Count)
            return data;
        HashSet<long> kept = [.. data.Sample(count, seed, balanced: true).Ids];
        return data.Labelled(
            [.. data.Labels.Select((label, k) => kept.Contains(data.Ids[k]) ? label : Dataset.NoLabel)], data.ClassNames);
    }

    private IReadOnlyList<IBatchTransform> Pipeline(IReadOnlyList<TransformOptions> augment, int classes) =>
    [
        .. _options.Dataset.Collate,
        .. augment.Where(a => !a.OfNormalized).Select(a => a.Create(classes)),
        .. Normalization,
        .. augment.Where(a => a.OfNormalized).Select(a => a.Create(classes)),
    ];

    /// <summary>Frees what the provider made.</summary>
    public void Dispose() => _normalize?.Dispose();
}
