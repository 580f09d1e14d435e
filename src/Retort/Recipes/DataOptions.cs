using System.ComponentModel.DataAnnotations;
using Retort.Data;

namespace Retort.Recipes;

/// <summary>What a recipe may write for its data.</summary>
public sealed record DataOptions
{
    /// <summary>The data set.</summary>
    [Inline]
    public required DatasetOptions Dataset { get; init; }

    /// <summary>The folder of its files. The default is <c>data/NAME</c> in the working directory, or below
    /// <c>RETORT_DATA</c>.</summary>
    public FilePath? Root { get; init; }

    /// <summary>Samples in a training batch.</summary>
    [Range(1, 1 << 20)]
    public int BatchSize { get; init; } = 128;

    /// <summary>Samples in a batch of evaluation; changes speed and memory, not results.</summary>
    [Range(1, 1 << 20)]
    public int EvalBatchSize { get; init; } = 256;

    /// <summary>Augmentation of training batches, in order.</summary>
    public IReadOnlyList<TransformOptions> Augment { get; init; } = [];

    /// <summary>Further views of each training sample, by name: each has its own augmentation. Methods that compare views need
    /// them.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<TransformOptions>> Views { get; init; } =
        new Dictionary<string, IReadOnlyList<TransformOptions>>();

    /// <summary>Which training samples an epoch has.</summary>
    public Sampling Sampling { get; init; }

    /// <summary>How many batches are read ahead; by default 4 where pictures must be decoded, else 0. Changes speed
    /// alone.</summary>
    [Range(0, 1024)]
    public int? Prefetch { get; init; }

    /// <summary>Threads that decode pictures; by default one a core, at most 8. Changes speed alone.</summary>
    [Range(1, 256)]
    public int? Workers { get; init; }

    /// <summary>Whether inputs are normalised by the data set's mean and deviation.</summary>
    public bool Normalize { get; init; } = true;

    /// <summary>Share of the training split that is held out as <c>validation</c>.</summary>
    [Range(0, 1, MaximumIsExclusive = true)]
    public double Validation { get; init; }

    /// <summary>Use only the first so many training samples.</summary>
    [Range(1, int.MaxValue)]
    public int? TrainSamples { get; init; }

    /// <summary>How many training samples keep their labels, drawn anew for each seed, class by class; the others have none, for
    /// terms that need none. The default is all.</summary>
    [Range(1, int.MaxValue)]
    public int? Labelled { get; init; }

    /// <summary>How many times as many training samples the first class has as the last; the counts between fall by a constant
    /// ratio, in the order of the classes. A long-tailed set is cut from a balanced one by it. 1 leaves the set as it
    /// is.</summary>
    [Range(1, 1e6)]
    public double Imbalance { get; init; } = 1;

    /// <summary>Evaluate on the first so many test samples.</summary>
    [Range(1, int.MaxValue)]
    public int? TestSamples { get; init; }

    /// <summary>Whether a last training batch with fewer samples is left out.</summary>
    public bool DropLast { get; init; }
}

/// <summary>Which training samples an epoch has.</summary>
public enum Sampling
{
    /// <summary>Each once, in random order.</summary>
    Shuffled,

    /// <summary>As many of each class: rare ones come again, frequent ones in part.</summary>
    Balanced,

    /// <summary>As many samples with a label as without one, in every batch: the fewer come again.</summary>
    Mixed,
}
