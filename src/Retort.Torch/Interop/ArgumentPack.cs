using System.Runtime.InteropServices;
using System.Text;

namespace Retort.Torch.Interop;

/// <summary>Arguments of a call by name, packed; the arrays they point to stay pinned until disposal.</summary>
internal sealed unsafe class ArgumentPack : IDisposable
{
    private readonly List<GCHandle> _pins = [];

    public ArgumentPack(ReadOnlySpan<object?> arguments)
    {
        Values = new NativeValue[Math.Max(1, arguments.Length)];
        for (int k = 0; k < arguments.Length; k++)
            Pack(ref Values[k], arguments[k], k);
    }

    public NativeValue[] Values { get; }

    public void Dispose()
    {
        foreach (GCHandle pin in _pins)
            pin.Free();
        _pins.Clear();
    }

    private void Pack(ref NativeValue value, object? argument, int position)
    {
        switch (argument)
        {
            case null:
                value.SetNone();
                break;
            case Tensor tensor:
                value.Set(tensor);
                break;
            case bool flag:
                value.Set(flag);
                break;
            case int number:
                value.Set((long)number);
                break;
            case long number:
                value.Set(number);
                break;
            case float number:
                value.Set((double)number);
                break;
            case double number:
                value.Set(number);
                break;
            case Scalar scalar:
                value.Set(scalar);
                break;
            case DType dtype:
                value.Set(dtype);
                break;
            case MemoryFormat format:
                value.Set(format);
                break;
            case Device device:
                value.Set(device);
                break;
            case Generator generator:
                value.SetOptional(generator);
                break;
            case NativeObject packed:
                value.Set(packed);
                break;
            case string text:
                Pin(ref value, Tag.String, Encoding.UTF8.GetBytes(text));
                break;
            case long[] numbers:
                Pin(ref value, Tag.IntList, numbers);
                break;
            case double[] numbers:
                Pin(ref value, Tag.DoubleList, numbers);
                break;
            case bool[] flags:
                Pin(ref value, Tag.BoolList, flags);
                break;
            case IReadOnlyList<Tensor?> tensors:
                Pin(ref value, Tag.TensorList, tensors.Select(t => t?.Handle ?? 0).ToArray());
                break;
            default:
                throw new ArgumentException($"argument {position} is a {argument.GetType().Name}, which no operator takes.");
        }
    }

    private void Pin<T>(ref NativeValue value, Tag tag, T[] elements)
        where T : unmanaged
    {
        GCHandle pin = GCHandle.Alloc(elements, GCHandleType.Pinned);
        _pins.Add(pin);
        value.SetList(tag, (void*)pin.AddrOfPinnedObject(), elements.Length);
    }
}
