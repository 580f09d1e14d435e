using Retort.Torch;
using Retort.Torch.Serialization;

namespace Retort.Synthesis;

/// <summary>The weights that one training went through: at its start and after each epoch.</summary>
/// <param name="points">For each point the weights in PyTorch's order, outside every scope.</param>
public sealed class Trajectory(IReadOnlyList<IReadOnlyList<Tensor>> points) : IDisposable
{
    /// <summary>How many points there are: one more than epochs.</summary>
    public int Count => points.Count;

    /// <summary>The weights after so many epochs.</summary>
    public IReadOnlyList<Tensor> this[int epoch] => points[epoch];

    /// <summary>The file in a stage's folder that holds a training.</summary>
    /// <param name="run">Which training, from 0.</param>
    public static string FileOf(int run) => FormattableString.Invariant($"run-{run}.safetensors");

    /// <summary>What a point's weight is called in such a file.</summary>
    /// <param name="epoch">How many epochs were done.</param>
    /// <param name="weight">Which weight, in PyTorch's order.</param>
    public static string KeyOf(int epoch, int weight) => FormattableString.Invariant($"{epoch}.{weight}");

    /// <summary>Reads a training.</summary>
    /// <param name="path">The file.</param>
    /// <param name="weights">The network's weights, for the shapes and the device.</param>
    /// <exception cref="SafeTensorsException">The file is damaged, or of another network.</exception>
    public static Trajectory Read(string path, IReadOnlyList<Tensor> weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        using var scope = new TensorScope();
        IReadOnlyDictionary<string, Tensor> found = SafeTensors.Read(path);
        int count = weights.Count == 0 ? 0 : found.Count / weights.Count;
        bool fits = count > 0 && found.Count == count * weights.Count && Enumerable.Range(0, found.Count).All(k =>
            found.TryGetValue(KeyOf(k / weights.Count, k % weights.Count), out Tensor? weight)
            && weight.Shape.AsSpan().SequenceEqual(weights[k % weights.Count].Shape));
        if (!fits)
            throw new SafeTensorsException(path, null, "does not hold the weights of this network, epoch by epoch");
        return new Trajectory([.. Enumerable.Range(0, count).Select(epoch => (IReadOnlyList<Tensor>)
            [.. weights.Select((own, k) => found[KeyOf(epoch, k)].To(own.Device).To(own.DType).Clone().Persist())])]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Tensor weight in points.SelectMany(p => p))
            weight.Dispose();
    }
}
