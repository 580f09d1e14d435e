using Retort.Torch.Interop;

namespace Retort.Torch;

/// <summary>A value of libtorch that is no tensor or number, such as packed weights: operators give it and take it.</summary>
public sealed class NativeObject : IDisposable
{
    private nint _handle;

    internal NativeObject(nint handle) => _handle = handle;

    /// <summary>Frees an object that nobody disposed.</summary>
    ~NativeObject() => Free();

    internal nint Handle => _handle != 0 ? _handle : throw new ObjectDisposedException(nameof(NativeObject));

    /// <summary>Frees the object. Safe to call twice.</summary>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        nint handle = Interlocked.Exchange(ref _handle, 0);
        if (handle != 0)
            Native.rt_object_free(handle);
    }
}
