using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Training;

/// <summary>Keeps buffers (running means, counters) as they are while something looks at a network in training mode.</summary>
public static class BatchStatistics
{
    /// <summary>Copies the buffers now and puts them back when the result is disposed.</summary>
    public static IDisposable Hold(Module module)
    {
        ArgumentNullException.ThrowIfNull(module);
        return new Held([.. module.NamedBuffers().Select(b => (b.Value.Value, b.Value.Value.Clone().Persist()))]);
    }

    private sealed class Held((Tensor Live, Tensor Copy)[] buffers) : IDisposable
    {
        public void Dispose()
        {
            using GradMode off = Autograd.NoGrad();
            foreach ((Tensor live, Tensor copy) in buffers)
            {
                live.CopyInPlace(copy);
                copy.Dispose();
            }
        }
    }
}
