using Retort.Data;
using Retort.Torch;

namespace Retort.Synthesis;

/// <summary>Real training data, drawn class by class and prepared as models get it, without augmentation.</summary>
public sealed class RealSamples
{
    private readonly Dataset _data;
    private readonly IReadOnlyList<IBatchTransform> _preparation;
    private readonly Device _device;
    private readonly int[][] _places;

    /// <summary>Sorts a set's samples by their labels.</summary>
    /// <param name="data">The set; samples without a label are left out.</param>
    /// <param name="preparation">What makes a stored sample a model's input.</param>
    /// <param name="device">Where batches go.</param>
    /// <exception cref="ArgumentException">A class has no sample.</exception>
    public RealSamples(Dataset data, IReadOnlyList<IBatchTransform> preparation, Device device)
    {
        ArgumentNullException.ThrowIfNull(data);
        _data = data;
        _preparation = preparation;
        _device = device;
        ILookup<long, int> byLabel = Enumerable.Range(0, data.Count).ToLookup(place => data.Labels[place]);
        _places = [.. Enumerable.Range(0, data.ClassNames.Count).Select(label => byLabel[label].ToArray())];
        int empty = Array.FindIndex(_places, p => p.Length == 0);
        if (empty >= 0)
            throw new ArgumentException($"'{data.Name}' has no sample of class '{data.ClassNames[empty]}'.", nameof(data));
    }

    /// <summary>How many classes there are.</summary>
    public int Classes => _places.Length;

    /// <summary>The set that they are drawn from.</summary>
    public Dataset Data => _data;

    /// <summary>Places of a class's samples in the set, in its order.</summary>
    public IReadOnlyList<int> PlacesOf(int label) => _places[label];

    /// <summary>Samples of one class, each at most once, or all where there are fewer.</summary>
    /// <param name="label">The class.</param>
    /// <param name="count">How many.</param>
    /// <param name="random">Decides which.</param>
    /// <returns>[N, C, H, W].</returns>
    public Tensor Draw(int label, int count, RandomStream random)
    {
        ArgumentNullException.ThrowIfNull(random);
        int[] order = random.Permutation(_places[label].Length);
        return At([.. order.Take(count).Select(k => _places[label][k])]).Input;
    }

    /// <summary>Samples of all classes by chance, each at most once.</summary>
    /// <param name="count">How many.</param>
    /// <param name="random">Decides which.</param>
    public Batch Draw(int count, RandomStream random)
    {
        ArgumentNullException.ThrowIfNull(random);
        return At([.. random.Permutation(_data.Count).Take(count)]);
    }

    /// <summary>The samples at these places of the set, prepared and on the device.</summary>
    public Batch At(int[] places)
    {
        using GradMode off = Autograd.NoGrad();
        Batch batch = _data.Gather(places);
        foreach (IBatchTransform transform in _preparation)
            batch = transform.Apply(batch, default);
        return batch.To(_device);
    }
}
