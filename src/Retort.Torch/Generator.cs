using Retort.Torch.Interop;

namespace Retort.Torch;

/// <summary>A source of random numbers of libtorch, for the CPU.</summary>
public sealed class Generator : IDisposable
{
    private static readonly Lazy<Generator> DefaultInstance = new(() => new Generator(Native.rt_generator_default(0, -1)));
    private nint _handle;

    /// <summary>Creates a generator of its own.</summary>
    /// <param name="seed">The same seed gives the same numbers.</param>
    public Generator(ulong seed)
        : this(Native.rt_generator_new(seed))
    {
    }

    private Generator(nint handle) => _handle = Native.CheckHandle(handle, "generator");

    /// <summary>Frees a generator that nobody disposed.</summary>
    ~Generator() => Free();

    /// <summary>The generator that operators use when they get none; modules draw their initial weights from it.</summary>
    public static Generator Default => DefaultInstance.Value;

    /// <summary>The whole state, to go on later from the very same point.</summary>
    /// <exception cref="TorchException">The bytes set are no state of this kind of generator.</exception>
    public byte[] State
    {
        get
        {
            using var scope = new TensorScope();
            return new Tensor(Native.CheckHandle(Native.rt_generator_state(Handle), "get_state")).ToArray<byte>();
        }

        set
        {
            using var scope = new TensorScope();
            Native.Check(Native.rt_generator_set_state(Handle, Tensor.From(value).Handle), "set_state");
        }
    }

    internal nint Handle => _handle != 0 ? _handle : throw new ObjectDisposedException(nameof(Generator));

    /// <summary>Starts again from a seed.</summary>
    public void Seed(ulong seed) => Native.Check(Native.rt_generator_seed(Handle, seed), "manual_seed");

    /// <summary>Frees the generator. Safe to call twice; the default one stays.</summary>
    public void Dispose()
    {
        if (DefaultInstance.IsValueCreated && ReferenceEquals(this, Default))
            return;
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        nint handle = Interlocked.Exchange(ref _handle, 0);
        if (handle != 0)
            Native.rt_generator_free(handle);
    }
}
