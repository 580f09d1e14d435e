namespace Retort.Data;

/// <summary>What a recipe may write for a data set, and how it is loaded.</summary>
public abstract record DatasetOptions
{
    /// <summary>Whether the set is read from files, so that a folder has to be named.</summary>
    public virtual bool HasFiles => true;

    /// <summary>What is asked of a model on this set, and so how it is measured: <c>classification</c>, <c>language</c>,
    /// <c>segmentation</c> and so on.</summary>
    public virtual string Task => "classification";

    /// <summary>What turns stored samples into what models get, before anything else: inputs and shifted labels of a language
    /// model, for one.</summary>
    public virtual IReadOnlyList<IBatchTransform> Collate => [];

    /// <summary>Mean of the inputs, one value a channel or one for all; null for the set's usual one, or 0.</summary>
    public IReadOnlyList<double>? Mean { get; init; }

    /// <summary>Standard deviation of the inputs, one value a channel or one for all; null for the set's usual one, or
    /// 1.</summary>
    public IReadOnlyList<double>? Deviation { get; init; }

    /// <summary>The figures with which inputs are normalised; null where nobody gave any.</summary>
    public (IReadOnlyList<double> Mean, IReadOnlyList<double> Deviation)? Normalization => Mean is null && Deviation is null
        ? Usual
        : (Mean ?? Usual?.Mean ?? [.. Deviation!.Select(_ => 0.0)], Deviation ?? Usual?.Deviation ?? [.. Mean!.Select(_ => 1.0)]);

    /// <summary>The figures that are usual for the set: mean and standard deviation a channel, of inputs from 0 to 1.</summary>
    protected virtual (IReadOnlyList<double> Mean, IReadOnlyList<double> Deviation)? Usual => null;

    /// <summary>Loads a split.</summary>
    /// <param name="root">The folder of its files; not used where <see cref="HasFiles"/> is false.</param>
    /// <param name="split"><c>train</c>, <c>test</c>, or another that the set has.</param>
    /// <exception cref="DataFormatException">A file is missing, damaged, or not of the format.</exception>
    public abstract Dataset Load(string root, string split);

    /// <summary>Which split is asked of a set that the program draws, 0 for the training split and 1 for the test split, and how
    /// many samples it has.</summary>
    /// <param name="set">What errors call the set.</param>
    /// <param name="split">The split's name.</param>
    /// <param name="train">Samples of the training split.</param>
    /// <param name="test">Samples of the test split.</param>
    /// <exception cref="DataFormatException">It is neither.</exception>
    private protected static (ulong Number, int Count) Drawn(string set, string split, int train, int test) => split switch
    {
        "train" => (0, train),
        "test" => (1, test),
        _ => throw new DataFormatException(set, split, $"there is no split '{split}'; the splits are train and test"),
    };
}
