using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Export;

/// <summary>Rounds the linear layers of a finished model to int8 for the CPU, and measures what that gains and costs.</summary>
/// <remarks>Worth it where linear layers hold most weights: MLPs and transformers. Convolutions stay as they are.</remarks>
public static class DynamicQuantization
{
    private static readonly Lazy<bool> Supported = new(TryOne);

    /// <summary>Whether this libtorch has int8 kernels for this processor.</summary>
    public static bool IsSupported => Supported.Value;

    /// <summary>Replaces linear layers by int8 ones, in place.</summary>
    /// <param name="module">The model, on the CPU. Afterwards it computes no gradients through these layers.</param>
    /// <param name="which">Chooses by path; all when null. Keeping the last layer in float often keeps the accuracy.</param>
    /// <returns>
    /// Paths of the layers that were replaced. A layer that its parent cannot have replaced stays, as does the module itself.
    /// </returns>
    /// <exception cref="TorchException">This libtorch has no int8 kernels for this processor; nothing was replaced.</exception>
    public static IReadOnlyList<string> Apply(Module module, Func<string, bool>? which = null)
    {
        ArgumentNullException.ThrowIfNull(module);
        var replaced = new List<string>();
        foreach ((string path, Module parent) in module.NamedModules().ToArray())
        {
            foreach ((string name, Module child) in parent.Children.ToArray())
            {
                string full = path.Length == 0 ? name : $"{path}.{name}";
                if (child is not Linear linear || (which is not null && !which(full)))
                    continue;
                var rounded = new DynamicQuantizedLinear(linear);
                rounded.Train(linear.Training);
                try
                {
                    parent.ReplaceChild(name, rounded).Dispose();
                    replaced.Add(full);
                }
                catch (Exception e) when (e is ArgumentException or NotSupportedException)
                {
                    rounded.Dispose();
                }
            }
        }
        return replaced;
    }

    /// <summary>Applies <see cref="Apply"/> and measures the model before and after.</summary>
    /// <param name="module">The model, on the CPU; it is int8 afterwards.</param>
    /// <param name="example">An input, [N, …] with N at least 1.</param>
    /// <param name="score">Measures how well a model does, such as its accuracy on held-out data.</param>
    /// <param name="which">Chooses layers by path; all when null.</param>
    /// <param name="options">Batch sizes and how long to time them; null for the defaults.</param>
    /// <exception cref="TorchException">This libtorch has no int8 kernels for this processor; nothing was replaced.</exception>
    public static QuantizationMeasurement Measure(
        Module module, Tensor example, Func<Module, double> score, Func<string, bool>? which = null,
        ModelProfileOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(score);
        options ??= new ModelProfileOptions();
        QuantizationFigures Figures() => new(
            ModelProfile.CountBytes(module), score(module),
            [.. options.BatchSizes.Select(size => ModelProfile.MeasureLatency(module, example, size, options))]);
        QuantizationFigures before = Figures();
        IReadOnlyList<string> replaced = Apply(module, which);
        return new QuantizationMeasurement(replaced, before, Figures());
    }

    private static bool TryOne()
    {
        try
        {
            using var scope = new TensorScope();
            using var linear = new Linear(4, 4);
            using var rounded = new DynamicQuantizedLinear(linear);
            rounded.Call(Tensor.Ones(1, 4));
            return true;
        }
        catch (TorchException)
        {
            return false;
        }
    }
}
