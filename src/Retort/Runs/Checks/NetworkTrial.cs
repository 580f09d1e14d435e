using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Runs.Checks;

/// <summary>What a network gave for one sample.</summary>
/// <param name="Output">Sizes of its output without the batch.</param>
/// <param name="ActivationBytes">Bytes of everything that its modules gave for it, each tensor counted once.</param>
/// <param name="LargestBytes">Bytes of the largest of them.</param>
internal sealed record NetworkTrial(IReadOnlyList<long> Output, double ActivationBytes, double LargestBytes)
{
    /// <summary>Bytes that its modules give however many samples there are, such as the features of a graph that it
    /// holds.</summary>
    public double SharedBytes { get; init; }

    /// <summary>Runs one sample through a network in evaluation mode, without a gradient.</summary>
    public static NetworkTrial Of(Module model, Tensor sample)
    {
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        (NetworkTrial one, bool byTheSample) = Measure(model, sample);
        if (byTheSample)
            return one;

        // What has no row a sample may be there for all of them: a second sample tells.
        NetworkTrial two = Measure(model, Ops.Cat([sample, sample])).Trial;
        double more = Math.Max(0, two.ActivationBytes - one.ActivationBytes);
        return new NetworkTrial(one.Output, more, Math.Max(0, two.LargestBytes - one.LargestBytes))
        {
            SharedBytes = one.ActivationBytes - more,
        };
    }

    private static (NetworkTrial Trial, bool ByTheSample) Measure(Module model, Tensor input)
    {
        var seen = new HashSet<Tensor>(ReferenceEqualityComparer.Instance);
        Module[] modules = [.. model.NamedModules().Select(m => m.Value)];
        IDisposable[] hooks = Array.ConvertAll(modules, m => m.OnOutput(tensor =>
        {
            // A container gives what its last child gave: the same tensor.
            seen.Add(tensor);
            return null;
        }));
        try
        {
            model.Eval();
            Tensor output = model.Call(input);
            seen.Add(output);
            double[] bytes = [.. seen.Select(t => (double)t.NumElements * t.DType.Size())];
            return (
                new NetworkTrial([.. output.Shape.Skip(1)], bytes.Sum(), bytes.Max()),
                seen.All(t => t.Dimensions > 0 && t.Size(0) == input.Size(0)));
        }
        finally
        {
            foreach (IDisposable hook in hooks)
                hook.Dispose();
        }
    }
}
