using System.Diagnostics.CodeAnalysis;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Retort.Torch.Interop;

/// <summary>Managed functions that libtorch calls: gradient hooks and custom backwards.</summary>
/// <remarks>No exception may cross native frames: it is kept, the call fails, and <see cref="Throw"/> brings it back.</remarks>
internal static unsafe class ManagedCallbacks
{
    [ThreadStatic]
    private static Exception? _thrown;

    public static delegate* unmanaged<nint, nint*, int, nint*, int, int> Backward => &RunBackward;

    public static delegate* unmanaged<nint, void> Release => &RunRelease;

    public static nint Hold(Func<IReadOnlyList<Tensor?>, int, IReadOnlyList<Tensor?>> backward) =>
        GCHandle.ToIntPtr(GCHandle.Alloc(backward));

    /// <summary>Throws for a failed native call: the managed exception that made it fail, if any.</summary>
    [DoesNotReturn]
    public static void Throw(int code, string function)
    {
        Exception? thrown = _thrown;
        _thrown = null;
        if (thrown is not null)
            ExceptionDispatchInfo.Throw(thrown);
        throw new TorchException(function, Native.LastError(), kind: (TorchErrorKind)code);
    }

    [UnmanagedCallersOnly]
    private static int RunBackward(nint context, nint* gradients, int count, nint* results, int outputs)
    {
        try
        {
            var backward = (Func<IReadOnlyList<Tensor?>, int, IReadOnlyList<Tensor?>>)GCHandle.FromIntPtr(context).Target!;
            using var scope = new TensorScope();
            var received = new Tensor?[count];
            for (int k = 0; k < count; k++)
                received[k] = gradients[k] == 0 ? null : new Tensor(gradients[k]);
            IReadOnlyList<Tensor?> computed = backward(received, outputs);
            if (computed.Count > outputs)
                throw new InvalidOperationException($"a backward gave {computed.Count} gradients for {outputs} inputs.");
            for (int k = 0; k < computed.Count; k++)
                results[k] = computed[k] is { } gradient ? Native.rt_tensor_share(gradient.Handle) : 0;
            return 0;
        }
#pragma warning disable CA1031 // the exception is rethrown on the managed side of the native call
        catch (Exception e)
#pragma warning restore CA1031
        {
            _thrown = e;
            return 1;
        }
    }

    [UnmanagedCallersOnly]
    private static void RunRelease(nint context) => GCHandle.FromIntPtr(context).Free();
}
