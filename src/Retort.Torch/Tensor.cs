using System.Globalization;
using System.Runtime.CompilerServices;
using Retort.Torch.Interop;

namespace Retort.Torch;

/// <summary>A multi-dimensional array of libtorch with its place in the autograd graph.</summary>
/// <remarks>
/// <para>It is a handle on native memory. It belongs to the innermost open <see cref="TensorScope"/> of the thread that made
/// it, and is freed with it; without a scope the garbage collector frees it. <see cref="Dispose"/> frees it at once.</para>
/// <para>Freeing a handle never breaks a computation: autograd and views hold references of their own.</para>
/// </remarks>
public sealed unsafe partial class Tensor : IDisposable
{
    private nint _handle;
    private CollectorGuard? _guard;

    internal Tensor(nint handle)
    {
        _handle = handle;
        ThreadTensors thread = ThreadTensors.Mine;
        thread.Made();
        if (thread.Scope is { } scope)
            scope.Add(this);
        else
            GuardByCollector();
    }

    /// <summary>How many tensor handles the process holds now; what leak tests count.</summary>
    public static long LiveCount => ThreadTensors.LiveCount;

    /// <summary>Sizes of the dimensions, outermost first.</summary>
    public long[] Shape
    {
        get
        {
            var shape = new long[Dimensions];
            fixed (long* first = shape)
                Native.rt_tensor_sizes(Handle, first);
            GC.KeepAlive(this);
            return shape;
        }
    }

    /// <summary>Distance in elements between neighbours along each dimension.</summary>
    public long[] Strides
    {
        get
        {
            var strides = new long[Dimensions];
            fixed (long* first = strides)
                Native.rt_tensor_strides(Handle, first);
            GC.KeepAlive(this);
            return strides;
        }
    }

    /// <summary>How many dimensions there are; 0 for a scalar.</summary>
    public int Dimensions => Alive((int)Native.rt_tensor_dim(Handle));

    /// <summary>How many elements there are.</summary>
    public long NumElements => Alive(Native.rt_tensor_numel(Handle));

    /// <summary>The element type.</summary>
    public DType DType => (DType)Alive(Native.rt_tensor_dtype(Handle));

    /// <summary>Where the data lives.</summary>
    public Device Device => new((DeviceType)Native.rt_tensor_device_type(Handle), Alive(Native.rt_tensor_device_index(Handle)));

    /// <summary>Whether the elements lie in row-major order without gaps.</summary>
    public bool IsContiguous => Alive(Native.rt_tensor_is_contiguous(Handle)) != 0;

    /// <summary>Whether autograd records what is done with it.</summary>
    public bool RequiresGrad => Alive(Native.rt_tensor_requires_grad(Handle)) != 0;

    /// <summary>Whether it was made by the user rather than by a recorded operation.</summary>
    public bool IsLeaf => Alive(Native.rt_tensor_is_leaf(Handle)) != 0;

    /// <summary>Whether the handle was freed.</summary>
    public bool IsDisposed => _handle == 0;

    /// <summary>The gradient that backward accumulated, a new handle on it at each reading, or null.</summary>
    public Tensor? Grad
    {
        get
        {
            nint grad = Alive(Native.rt_tensor_grad(Handle));
            return grad == 0 ? null : new Tensor(grad);
        }

        set
        {
            Native.Check(Native.rt_tensor_set_grad(Handle, value?.Handle ?? 0), "set_grad");
            GC.KeepAlive(this);
            GC.KeepAlive(value);
        }
    }

    internal nint Handle
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _handle != 0 ? _handle : ThrowDisposed();
    }

    internal TensorScope? Scope { get; set; }

    internal int Slot { get; set; }

    /// <summary>The size of a dimension; −1 is the last one.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such dimension.</exception>
    public long Size(int dim)
    {
        int dims = Dimensions;
        if (dim < -dims || dim >= dims)
            throw new ArgumentOutOfRangeException(nameof(dim), dim, $"the tensor has {dims} dimensions.");
        long* sizes = stackalloc long[Math.Max(dims, 1)];
        Native.rt_tensor_sizes(Handle, sizes);
        GC.KeepAlive(this);
        return sizes[dim < 0 ? dim + dims : dim];
    }

    /// <summary>Starts or stops recording of what is done with this leaf.</summary>
    /// <returns>This tensor.</returns>
    /// <exception cref="TorchException">It is no leaf, or its type has no gradient.</exception>
    public Tensor SetRequiresGrad(bool on = true)
    {
        Native.Check(Native.rt_tensor_set_requires_grad(Handle, on ? 1 : 0), "set_requires_grad");
        GC.KeepAlive(this);
        return this;
    }

    /// <summary>Computes the gradients of this tensor in all leaves that require them and adds them to their
    /// <see cref="Grad"/>.</summary>
    /// <param name="gradient">The gradient with which to begin, of this tensor's shape; may be left out for a scalar.</param>
    /// <param name="retainGraph">Keep the graph for another backward.</param>
    /// <param name="createGraph">Record the backward itself, for derivatives of higher order.</param>
    /// <exception cref="TorchException">There is no graph, or it was freed.</exception>
    public void Backward(Tensor? gradient = null, bool retainGraph = false, bool createGraph = false) =>
        Autograd.Backward([this], [gradient], retainGraph, createGraph);

    /// <summary>Takes the tensor out of every scope, so that it lives until it is disposed or collected.</summary>
    /// <returns>This tensor.</returns>
    public Tensor Persist()
    {
        if (Scope is { } scope)
        {
            scope.Remove(this);
            GuardByCollector();
        }

        return this;
    }

    /// <summary>Whether both handles stand for one tensor, rather than for two with equal elements.</summary>
    public bool IsSame(Tensor other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Alive(Handle) == other.Alive(other.Handle);
    }

    /// <summary>Another handle on the same tensor, owned by the current scope.</summary>
    public Tensor Share() => new(Alive(Native.rt_tensor_share(Handle)));

    /// <summary>Adopts a tensor of another libtorch binding of this process.</summary>
    /// <param name="atTensor">A pointer to an <c>at::Tensor</c>; its owner keeps its reference.</param>
    public static Tensor FromNative(nint atTensor) =>
        new(Native.rt_tensor_from_native(atTensor != 0 ? atTensor : throw new ArgumentNullException(nameof(atTensor))));

    /// <summary>Makes an <c>at::Tensor*</c> for another libtorch binding of this process, which then owns it.</summary>
    public nint ToNative() => Alive(Native.rt_tensor_to_native(Handle));

    /// <summary>Frees the handle. Safe to call twice.</summary>
    public void Dispose()
    {
        if (_handle == 0)
            return;
        Scope?.Remove(this);
        Free();
    }

    /// <inheritdoc/>
    public override string ToString() => _handle == 0 ? "Tensor (disposed)" : $"Tensor {Describe(_handle)}";

    internal static string Describe(nint handle)
    {
        long dims = Native.rt_tensor_dim(handle);
        var sizes = new long[dims];
        fixed (long* first = sizes)
            Native.rt_tensor_sizes(handle, first);
        string shape = string.Join(", ", sizes.Select(s => s.ToString(CultureInfo.InvariantCulture)));
        return $"[{shape}] {(DType)Native.rt_tensor_dtype(handle)}";
    }

    internal void GuardByCollector() => _guard ??= new CollectorGuard(_handle);

    /// <summary>Frees the handle without telling the scope, which is going away itself.</summary>
    internal void FreeFromScope()
    {
        Scope = null;
        Free();
    }

    private void Free()
    {
        nint handle = _handle;
        _handle = 0;
        _guard?.Dispose();
        Native.rt_tensor_free(handle);
        ThreadTensors.Mine.Freed();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private T Alive<T>(T value)
    {
        GC.KeepAlive(this);
        return value;
    }

    private static nint ThrowDisposed() =>
        throw new ObjectDisposedException(
            nameof(Tensor), "The tensor was freed, by Dispose or with its scope; TensorScope.Keep saves it.");

    // Finalisers are dear, and most tensors live and die in a scope: only one that leaves all scopes gets this.
    private sealed class CollectorGuard : IDisposable
    {
        private nint _handle;

        public CollectorGuard(nint handle) => _handle = handle;

        ~CollectorGuard()
        {
            if (_handle == 0)
                return;
            Native.rt_tensor_free(_handle);
            ThreadTensors.Mine.Freed();
        }

        public void Dispose()
        {
            _handle = 0;
            GC.SuppressFinalize(this);
        }
    }
}
