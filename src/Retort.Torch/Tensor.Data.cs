using System.Runtime.InteropServices;
using Retort.Torch.Interop;

namespace Retort.Torch;

public sealed unsafe partial class Tensor
{
    /// <summary>A CPU tensor with a copy of the data, row-major.</summary>
    /// <param name="data">As many elements as the shape has.</param>
    /// <param name="shape">Sizes of the dimensions; none for a vector.</param>
    /// <exception cref="ShapeException">The number of elements does not fit the shape.</exception>
    public static Tensor From<T>(ReadOnlySpan<T> data, params ReadOnlySpan<long> shape)
        where T : unmanaged
    {
        if (shape.IsEmpty)
            shape = [data.Length];
        long expected = 1;
        foreach (long size in shape)
            expected = checked(expected * size);
        if (expected != data.Length)
            throw new ShapeException($"{data.Length} elements do not fill the shape [{string.Join(", ", shape.ToArray())}].");
        Tensor tensor = OnHost(DTypes.Of<T>(), shape);
        data.CopyTo(new Span<T>(Native.rt_tensor_data(tensor.Handle), data.Length));
        return tensor;
    }

    /// <summary>A vector with a copy of the data.</summary>
    public static Tensor From<T>(T[] data)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(data);
        return From((ReadOnlySpan<T>)data);
    }

    /// <summary>A tensor with a copy of the data and that shape.</summary>
    /// <exception cref="ShapeException">The number of elements does not fit the shape.</exception>
    public static Tensor From<T>(T[] data, params ReadOnlySpan<long> shape)
        where T : unmanaged => From((ReadOnlySpan<T>)data, shape);

    /// <summary>A matrix with a copy of the data.</summary>
    public static Tensor From<T>(T[,] data)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(data);
        var flat = MemoryMarshal.CreateReadOnlySpan(
            ref System.Runtime.CompilerServices.Unsafe.As<byte, T>(ref MemoryMarshal.GetArrayDataReference(data)), data.Length);
        return From(flat, data.GetLength(0), data.GetLength(1));
    }

    /// <summary>A scalar (0 dimensions).</summary>
    public static Tensor FromScalar<T>(T value)
        where T : unmanaged
    {
        Tensor tensor = OnHost(DTypes.Of<T>(), []);
        *(T*)Native.rt_tensor_data(tensor.Handle) = value;
        return tensor;
    }

    /// <summary>An uninitialised CPU tensor; one without memory within <see cref="Nn.ShapesOnly"/>.</summary>
    public static Tensor Empty(DType dtype, params ReadOnlySpan<long> shape) =>
        Nn.ShapesOnly.TryMake(dtype, shape) ?? OnHost(dtype, shape);

    private static Tensor OnHost(DType dtype, ReadOnlySpan<long> shape)
    {
        fixed (long* first = shape)
            return new Tensor(Native.CheckHandle(Native.rt_tensor_empty((int)dtype, first, shape.Length), "empty"));
    }

    /// <summary>A CPU tensor over memory that is not copied: it must stay as it is until <paramref name="release"/>
    /// runs.</summary>
    /// <param name="data">The first element, aligned to the element's size.</param>
    /// <param name="dtype">The element type.</param>
    /// <param name="shape">Sizes of the dimensions, row-major.</param>
    /// <param name="release">Runs once, on any thread, when libtorch no longer needs the memory.</param>
    public static Tensor Wrap(void* data, DType dtype, ReadOnlySpan<long> shape, Action release)
    {
        ArgumentNullException.ThrowIfNull(release);
        nint context = GCHandle.ToIntPtr(GCHandle.Alloc(release));
        fixed (long* first = shape)
        {
            nint handle = Native.rt_tensor_wrap(data, (int)dtype, first, shape.Length, &RunRelease, context);
            if (handle == 0)
                GCHandle.FromIntPtr(context).Free();
            return new Tensor(Native.CheckHandle(handle, "from_blob"));
        }
    }

    /// <summary>A tensor of zeros, float32.</summary>
    public static Tensor Zeros(params ReadOnlySpan<long> shape) => Zeros(DType.Float32, shape);

    /// <summary>A tensor of zeros.</summary>
    public static Tensor Zeros(DType dtype, params ReadOnlySpan<long> shape) => Full(shape, 0, dtype);

    /// <summary>A tensor of ones, float32.</summary>
    public static Tensor Ones(params ReadOnlySpan<long> shape) => Ones(DType.Float32, shape);

    /// <summary>A tensor of ones.</summary>
    public static Tensor Ones(DType dtype, params ReadOnlySpan<long> shape) => Full(shape, 1, dtype);

    /// <summary>A tensor with one value everywhere.</summary>
    public static Tensor Full(ReadOnlySpan<long> shape, double value, DType dtype = DType.Float32)
    {
        Tensor tensor = Empty(dtype, shape);
        tensor.FillInPlace(value);
        return tensor;
    }

    /// <summary>The whole numbers from <paramref name="start"/> up to but not including <paramref name="end"/>, int64.</summary>
    public static Tensor Arange(long start, long end) => Ops.Arange(start, end, 1, DType.Int64);

    /// <summary>The whole numbers from 0 up to but not including <paramref name="end"/>, int64.</summary>
    public static Tensor Arange(long end) => Arange(0, end);

    /// <summary>Standard normal numbers, float32.</summary>
    /// <param name="generator">Where the randomness comes from; null for libtorch's default generator.</param>
    /// <param name="shape">Sizes of the dimensions.</param>
    public static Tensor Randn(Generator? generator, params ReadOnlySpan<long> shape) =>
        Empty(DType.Float32, shape).NormalInPlace(0, 1, generator);

    /// <summary>Uniform numbers in [0, 1), float32.</summary>
    /// <param name="generator">Where the randomness comes from; null for libtorch's default generator.</param>
    /// <param name="shape">Sizes of the dimensions.</param>
    public static Tensor Rand(Generator? generator, params ReadOnlySpan<long> shape) =>
        Empty(DType.Float32, shape).UniformInPlace(0, 1, generator);

    /// <summary>A copy of the elements, row-major; moved to the host if need be.</summary>
    /// <exception cref="InvalidOperationException"><typeparamref name="T"/> is not how the tensor's type is stored.</exception>
    public T[] ToArray<T>()
        where T : unmanaged
    {
        var data = new T[NumElements];
        CopyTo(data.AsSpan());
        return data;
    }

    /// <summary>Copies the elements, row-major, into <paramref name="target"/>.</summary>
    /// <exception cref="InvalidOperationException"><typeparamref name="T"/> is not how the tensor's type is stored.</exception>
    /// <exception cref="ArgumentException">The target is smaller than the tensor.</exception>
    public void CopyTo<T>(Span<T> target)
        where T : unmanaged
    {
        if (DTypes.Of<T>() != DType)
        {
            throw new InvalidOperationException(
                $"A tensor of {DType} cannot be read as {typeof(T).Name}; convert it with To({DTypes.Of<T>()}).");
        }
        int count = checked((int)NumElements);
        if (target.Length < count)
            throw new ArgumentException($"{count} elements do not fit into {target.Length}.", nameof(target));
        using var scope = new TensorScope();
        Tensor host = Device.Type == DeviceType.Cpu ? this : To(Device.Cpu);
        host = host.IsContiguous ? host : host.Contiguous();
        new ReadOnlySpan<T>(Native.rt_tensor_data(host.Handle), count).CopyTo(target);
        GC.KeepAlive(host);
        GC.KeepAlive(this);
    }

    /// <summary>The memory of a contiguous CPU tensor. It is valid while the tensor is.</summary>
    /// <exception cref="InvalidOperationException">The type differs, or the tensor is not contiguous on the CPU.</exception>
    public Span<T> AsSpan<T>()
        where T : unmanaged
    {
        if (DTypes.Of<T>() != DType || !IsContiguous || Device.Type != DeviceType.Cpu)
            throw new InvalidOperationException($"{this} on {Device} cannot be viewed as contiguous {typeof(T).Name} memory.");
        return new Span<T>(Native.rt_tensor_data(Handle), checked((int)NumElements));
    }

    /// <summary>The only element as a double. Waits for the device.</summary>
    /// <exception cref="TorchException">There is not exactly one element.</exception>
    public double ToDouble()
    {
        double number;
        long integer;
        Native.Check(Native.rt_tensor_item(Handle, &number, &integer), "item");
        GC.KeepAlive(this);
        return number;
    }

    /// <summary>The only element as an integer. Waits for the device.</summary>
    /// <exception cref="TorchException">There is not exactly one element.</exception>
    public long ToInt64()
    {
        double number;
        long integer;
        Native.Check(Native.rt_tensor_item(Handle, &number, &integer), "item");
        bool floating = DType.IsFloatingPoint();
        GC.KeepAlive(this);
        return floating ? (long)number : integer;
    }

    /// <summary>The only element as a truth value. Waits for the device.</summary>
    /// <exception cref="TorchException">There is not exactly one element.</exception>
    public bool ToBoolean() => ToDouble() != 0;

    /// <summary>The tensor converted to that element type; itself where it has it already.</summary>
    public Tensor To(DType dtype) => DType == dtype ? this : ToCopy(dtype: dtype);

    /// <summary>The tensor on that device; itself where it is there already.</summary>
    public Tensor To(Device device) => IsOn(device) ? this : ToCopy(device: device);

    /// <summary>The tensor in that memory layout; itself where it lies so already.</summary>
    public Tensor To(MemoryFormat format) => Contiguous(format);

    /// <summary>The tensor in float32, unless it is wider already: what losses compute in.</summary>
    public Tensor AtLeastFloat32() => DType is DType.Float32 or DType.Float64 ? this : To(DType.Float32);

    internal bool IsOn(Device device)
    {
        Device here = Device;
        return here.Type == device.Type && (here.Index == device.Index || device.Index < 0 || here.Index < 0);
    }

    [UnmanagedCallersOnly]
    private static void RunRelease(nint context)
    {
        GCHandle handle = GCHandle.FromIntPtr(context);
        var release = (Action)handle.Target!;
        handle.Free();
        release();
    }
}
