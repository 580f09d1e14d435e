using Retort.Torch.Interop;

namespace Retort.Torch;

/// <summary>Inference mode, until it is disposed.</summary>
public sealed class InferenceGuard : IDisposable
{
    private nint _guard = Native.rt_inference_begin(1);

    internal InferenceGuard()
    {
    }

    /// <summary>Leaves inference mode. Safe to call twice.</summary>
    public void Dispose()
    {
        nint guard = Interlocked.Exchange(ref _guard, 0);
        if (guard != 0)
            Native.rt_inference_end(guard);
    }
}
