using System.Text;
using Google.Protobuf;

namespace Retort.Export.Onnx;

/// <summary>A message of protocol buffers, as a list of fields.</summary>
/// <remarks>ONNX's schema is small and settled; a list of fields by number needs no generated code.</remarks>
internal sealed class ProtoMessage
{
    private readonly List<(int Field, object Value)> _fields = [];

    /// <summary>Bytes of the message without its own length.</summary>
    public long Size { get; private set; }

    public ProtoMessage Add(int field, long value) =>
        Add(field, value, CodedOutputStream.ComputeInt64Size(value));

    public ProtoMessage Add(int field, float value) => Add(field, value, sizeof(float));

    public ProtoMessage Add(int field, string value)
    {
        int length = Encoding.UTF8.GetByteCount(value);
        return Add(field, value, CodedOutputStream.ComputeLengthSize(length) + length);
    }

    public ProtoMessage Add(int field, ReadOnlyMemory<byte> value) =>
        Add(field, value, CodedOutputStream.ComputeLengthSize(value.Length) + value.Length);

    public ProtoMessage Add(int field, ProtoMessage value)
    {
        if (value.Size > int.MaxValue)
            throw new ExportException(
                $"The model needs {value.Size} bytes; an ONNX file cannot hold more than {int.MaxValue}. " +
                "Save it as TorchScript or safetensors.");
        return Add(field, value, CodedOutputStream.ComputeLengthSize((int)value.Size) + value.Size);
    }

    public ProtoMessage AddAll<T>(int field, IEnumerable<T> values, Func<T, ProtoMessage> convert)
    {
        foreach (T value in values)
            Add(field, convert(value));
        return this;
    }

    public void WriteTo(CodedOutputStream output)
    {
        foreach ((int field, object value) in _fields)
        {
            switch (value)
            {
                case long number:
                    output.WriteTag(field, WireFormat.WireType.Varint);
                    output.WriteInt64(number);
                    break;
                case float number:
                    output.WriteTag(field, WireFormat.WireType.Fixed32);
                    output.WriteFloat(number);
                    break;
                case string text:
                    output.WriteTag(field, WireFormat.WireType.LengthDelimited);
                    output.WriteString(text);
                    break;
                case ReadOnlyMemory<byte> data:
                    output.WriteTag(field, WireFormat.WireType.LengthDelimited);
                    output.WriteBytes(UnsafeByteOperations.UnsafeWrap(data));
                    break;
                case ProtoMessage message:
                    output.WriteTag(field, WireFormat.WireType.LengthDelimited);
                    output.WriteLength((int)message.Size);
                    message.WriteTo(output);
                    break;
            }
        }
    }

    private ProtoMessage Add(int field, object value, long size)
    {
        _fields.Add((field, value));
        Size += CodedOutputStream.ComputeTagSize(field) + size;
        return this;
    }
}
