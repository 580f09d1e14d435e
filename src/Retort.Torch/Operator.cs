using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Retort.Torch.Interop;

namespace Retort.Torch;

/// <summary>An operator of libtorch, looked up once by name and overload and then called through the boxed dispatcher.</summary>
/// <remarks>
/// Every operator is reachable so, autograd included; <see cref="Tensor"/> and <see cref="Ops"/> have typed forms of the
/// common ones, generated from the schemas.
/// </remarks>
public sealed unsafe class Operator
{
    private const int MostResults = 16;
    private nint _handle;

    /// <summary>Names an operator; it is looked up at the first call.</summary>
    /// <param name="name">With its namespace, as <c>aten::add</c>.</param>
    /// <param name="overload">As <c>Tensor</c>; empty for the operator without overload name.</param>
    public Operator(string name, string overload = "")
    {
        Name = name;
        Overload = overload;
    }

    /// <summary>The name with its namespace.</summary>
    public string Name { get; }

    /// <summary>The overload's name, often empty.</summary>
    public string Overload { get; }

    /// <summary>Whether the loaded libtorch has this operator.</summary>
    public bool Exists => _handle != 0 || (_handle = Native.rt_find_operator(Name, Overload)) != 0;

    /// <summary>The schema in libtorch's notation.</summary>
    public string Schema => Native.TakeText(Native.rt_operator_schema(Handle));

    private nint Handle => _handle != 0 ? _handle : Find();

    /// <summary>All operators of the loaded libtorch, as <c>aten::add.Tensor</c>, in no order.</summary>
    public static string[] AllNames() =>
        Native.TakeText(Native.rt_operator_names()).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Calls the operator with arguments in the schema's order; what is left out at the end takes its default.</summary>
    /// <param name="arguments">
    /// Tensors, numbers, booleans, strings, <see cref="DType"/>, <see cref="Device"/>, <see cref="Generator"/>, long[],
    /// double[], bool[], Tensor[] (elements may be null), <see cref="NativeObject"/>, or null for None.
    /// </param>
    /// <returns>The results in order: Tensor, Tensor[], long, double, bool, <see cref="NativeObject"/> or null each.</returns>
    /// <exception cref="TorchException">libtorch refused the arguments, or the computation failed.</exception>
    /// <exception cref="ArgumentException">An argument is of a type that no operator takes.</exception>
    public object?[] Call(params ReadOnlySpan<object?> arguments)
    {
        using var packed = new ArgumentPack(arguments);
        NativeValue* results = stackalloc NativeValue[MostResults];
        int count;
        fixed (NativeValue* first = packed.Values)
            count = Invoke(first, arguments.Length, results, MostResults);
        var output = new object?[count];
        for (int k = 0; k < count; k++)
        {
            output[k] = results[k].Tag switch
            {
                Tag.Tensor => new Tensor((nint)results[k].Pointer),
                Tag.TensorList => TakeList(results[k]),
                Tag.Int => results[k].Integer,
                Tag.Double => results[k].Number,
                Tag.Bool => results[k].Integer != 0,
                Tag.Object => new NativeObject((nint)results[k].Pointer),
                _ => null,
            };
        }

        return output;
    }

    /// <inheritdoc/>
    public override string ToString() => Overload.Length == 0 ? Name : $"{Name}.{Overload}";

    /// <summary>Calls with packed arguments; returns how many results were written.</summary>
    internal int Invoke(NativeValue* arguments, int count, NativeValue* results, int capacity)
    {
        int written = Native.rt_call(Handle, arguments, count, results, capacity);
        if (written < 0)
            throw Failure(written, arguments, count);
        return written;
    }

    internal Tensor InvokeTensor(NativeValue* arguments, int count)
    {
        NativeValue result;
        int written = Native.rt_call(Handle, arguments, count, &result, 1);
        if (written == 1 && result.Tag == Tag.Tensor)
            return new Tensor((nint)result.Pointer);
        throw written < 0
            ? Failure(written, arguments, count)
            : new TorchException(ToString(), "gave no tensor", Describe(arguments, count));
    }

    internal void InvokeNothing(NativeValue* arguments, int count)
    {
        NativeValue result;
        int written = Native.rt_call(Handle, arguments, count, &result, 1);
        if (written < 0)
            throw Failure(written, arguments, count);
        if (written == 1 && result.Tag == Tag.Tensor)
            Native.rt_tensor_free((nint)result.Pointer);
    }

    internal static Tensor[] TakeList(in NativeValue value)
    {
        var tensors = new Tensor[value.Length];
        var handles = (nint*)value.Pointer;
        for (int k = 0; k < tensors.Length; k++)
            tensors[k] = new Tensor(handles[k]);
        Native.rt_free_memory(value.Pointer);
        return tensors;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private nint Find()
    {
        _handle = Native.rt_find_operator(Name, Overload);
        if (_handle == 0)
        {
            string version = System.Runtime.InteropServices.Marshal.PtrToStringUTF8((nint)Native.rt_torch_version())!;
            throw new TorchException(ToString(), $"libtorch {version} has no such operator", kind: TorchErrorKind.NotImplemented);
        }

        return _handle;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private TorchException Failure(int code, NativeValue* arguments, int count) =>
        new(ToString(), Native.LastError(), Describe(arguments, count), (TorchErrorKind)code);

    private static string Describe(NativeValue* arguments, int count)
    {
        var text = new StringBuilder();
        for (int k = 0; k < count; k++)
        {
            if (arguments[k].Tag == Tag.Tensor)
                Append(text, (nint)arguments[k].Pointer);
            if (arguments[k].Tag != Tag.TensorList)
                continue;
            for (int e = 0; e < Math.Min(arguments[k].Length, 8); e++)
            {
                if (((nint*)arguments[k].Pointer)[e] != 0)
                    Append(text, ((nint*)arguments[k].Pointer)[e]);
            }

            if (arguments[k].Length > 8)
                text.Append(CultureInfo.InvariantCulture, $", … {arguments[k].Length} tensors");
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, nint handle)
    {
        if (text.Length > 0)
            text.Append(", ");
        text.Append(Tensor.Describe(handle));
    }
}
