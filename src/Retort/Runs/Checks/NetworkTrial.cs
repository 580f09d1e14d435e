using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Runs.Checks;

/// <summary>What a network gave for one sample.</summary>
/// <param name="Output">Sizes of its output without the batch.</param>
/// <param name="ActivationBytes">Bytes of everything that its modules gave, each tensor counted once.</param>
/// <param name="LargestBytes">Bytes of the largest of them.</param>
internal sealed record NetworkTrial(IReadOnlyList<long> Output, double ActivationBytes, double LargestBytes)
{
    /// <summary>Runs one sample through a network in evaluation mode, without a gradient.</summary>
    public static NetworkTrial Of(Module model, Tensor sample)
    {
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
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
            Tensor output = model.Call(sample);
            seen.Add(output);
            double[] bytes = [.. seen.Select(t => (double)t.NumElements * t.DType.Size())];
            return new NetworkTrial([.. output.Shape.Skip(1)], bytes.Sum(), bytes.Max());
        }
        finally
        {
            foreach (IDisposable hook in hooks)
                hook.Dispose();
        }
    }
}
