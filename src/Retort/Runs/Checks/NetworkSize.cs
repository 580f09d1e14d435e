using Retort.Models;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Runs.Checks;

/// <summary>How large a network is, counted without giving it memory.</summary>
/// <param name="Parameters">Numbers in its parameters.</param>
/// <param name="Bytes">What parameters and buffers take.</param>
internal readonly record struct NetworkSize(double Parameters, double Bytes)
{
    // A handle and its module take a few kilobytes, and real networks have thousands of them.
    private const int MostTensors = 200_000;

    /// <summary>Builds the network that options describe without memory, and counts.</summary>
    /// <exception cref="ArgumentException">An option is out of range, or there are too many or too large tensors.</exception>
    public static NetworkSize Of(ModelOptions options)
    {
        using var scope = new TensorScope();
        using ShapesOnly shapes = ShapesOnly.Begin(MostTensors);
        using Module model = options.Build();

        // Sums of what fits into 63 bits each need not.
        double parameters = model.Parameters().Sum(p => (double)p.Value.NumElements);
        double bytes = model.Parameters().Select(p => p.Value).Concat(model.NamedBuffers().Select(b => b.Value.Value))
            .Sum(t => (double)t.NumElements * t.DType.Size());
        return new NetworkSize(parameters, bytes);
    }
}
