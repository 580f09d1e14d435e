using Retort.Torch;

namespace Retort.Data;

/// <summary>Samples of one step, as named tensors whose dimension 0 is the sample.</summary>
public sealed class Batch
{
    private readonly Dictionary<string, Tensor> _tensors;

    /// <summary>Collects a batch.</summary>
    /// <param name="input">What models get, [N, …].</param>
    /// <param name="labels">Integer classes, [N]; −100 where there is none.</param>
    /// <param name="index">Each sample's number in its data set, [N] int64: what stores are keyed by.</param>
    /// <param name="targets">Soft targets [N, K] that stand for the labels (mixup, CutMix), or null.</param>
    /// <param name="others">Further tensors by name: views, masks.</param>
    public Batch(
        Tensor input, Tensor labels, Tensor index, Tensor? targets = null, IReadOnlyDictionary<string, Tensor>? others = null)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(index);
        Input = input;
        Labels = labels;
        Index = index;
        Targets = targets;
        _tensors = others is null ? [] : new Dictionary<string, Tensor>(others);
    }

    /// <summary>What models get, [N, …].</summary>
    public Tensor Input { get; }

    /// <summary>Integer classes, int64; −100 where there is none. [N], or a class for each position: [N, T] tokens, [N, H, W]
    /// pixels.</summary>
    public Tensor Labels { get; }

    /// <summary>Each sample's number in its data set, [N] int64.</summary>
    public Tensor Index { get; }

    /// <summary>Soft targets [N, K] that stand for the labels, or null.</summary>
    public Tensor? Targets { get; }

    /// <summary>The epoch whose augmentation the samples show, from 0.</summary>
    public long Epoch { get; init; }

    /// <summary>How many samples there are.</summary>
    public long Count => Input.Size(0);

    /// <summary>Names of the further tensors.</summary>
    public IReadOnlyCollection<string> Names => _tensors.Keys;

    /// <summary>A further tensor by name.</summary>
    /// <exception cref="KeyNotFoundException">The batch has none of that name.</exception>
    public Tensor this[string name] => _tensors.TryGetValue(name, out Tensor? tensor)
        ? tensor
        : throw new KeyNotFoundException(
            $"the batch has no tensor '{name}'; it has: {string.Join(", ", _tensors.Keys.Order(StringComparer.Ordinal))}.");

    /// <summary>The same samples with another input and, where given, soft targets or labels.</summary>
    public Batch With(Tensor input, Tensor? targets = null, Tensor? labels = null) =>
        new(input, labels ?? Labels, Index, targets ?? Targets, _tensors) { Epoch = Epoch };

    /// <summary>The same batch with further tensors; one of a name that is there already takes its place.</summary>
    public Batch And(IEnumerable<KeyValuePair<string, Tensor>> tensors)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        var all = new Dictionary<string, Tensor>(_tensors);
        foreach ((string name, Tensor tensor) in tensors)
            all[name] = tensor;
        return new Batch(Input, Labels, Index, Targets, all) { Epoch = Epoch };
    }

    /// <summary>The same batch as one that shows an epoch's augmentation.</summary>
    internal Batch At(long epoch) => new(Input, Labels, Index, Targets, _tensors) { Epoch = epoch };

    /// <summary>The batch on another device; tensors that are there already are not copied.</summary>
    public Batch To(Device device)
    {
        var others = _tensors.ToDictionary(t => t.Key, t => t.Value.To(device));
        return new Batch(Input.To(device), Labels.To(device), Index.To(device), Targets?.To(device), others) { Epoch = Epoch };
    }
}
