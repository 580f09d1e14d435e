using Google.Protobuf;
using Retort.Torch;

namespace Retort.Export.Onnx;

/// <summary>Writes a graph as ONNX's protocol buffers; the field numbers are those of the public <c>onnx.proto</c>.</summary>
internal static class OnnxSerializer
{
    public const int Opset = 17;
    private const int IrVersion = 8;

    public static long Write(Stream stream, OnnxGraph graph, IReadOnlyDictionary<string, string> metadata)
    {
        string version = typeof(OnnxSerializer).Assembly.GetName().Version?.ToString(3) ?? "0";
        ProtoMessage model = new ProtoMessage()
            .Add(1, IrVersion)
            .Add(2, "retort")
            .Add(3, version)
            .Add(7, Graph(graph))
            .Add(8, new ProtoMessage().Add(1, string.Empty).Add(2, Opset))
            .AddAll(14, metadata, entry => new ProtoMessage().Add(1, entry.Key).Add(2, entry.Value));
        using var output = new CodedOutputStream(stream, leaveOpen: true);
        model.WriteTo(output);
        return model.Size;
    }

    /// <summary>ONNX's number of an element type, or 0 where it has none that runtimes take.</summary>
    public static int ElementType(DType dtype) => dtype switch
    {
        DType.Float32 => 1,
        DType.UInt8 => 2,
        DType.Int8 => 3,
        DType.Int16 => 5,
        DType.Int32 => 6,
        DType.Int64 => 7,
        DType.Bool => 9,
        DType.Float16 => 10,
        DType.Float64 => 11,
        _ => 0,
    };

    private static ProtoMessage Graph(OnnxGraph graph) => new ProtoMessage()
        .AddAll(1, graph.Nodes, Node)
        .Add(2, graph.Name)
        .AddAll(5, graph.Initializers, Tensor)
        .AddAll(11, graph.Inputs, Port)
        .AddAll(12, graph.Outputs, Port);

    private static ProtoMessage Node(OnnxNode node)
    {
        var message = new ProtoMessage();
        foreach (string input in node.Inputs)
            message.Add(1, input);
        foreach (string output in node.Outputs)
            message.Add(2, output);
        return message.Add(3, node.Name).Add(4, node.OpType).AddAll(5, node.Attributes, Attribute);
    }

    private static ProtoMessage Attribute(OnnxAttribute attribute)
    {
        ProtoMessage message = new ProtoMessage().Add(1, attribute.Name);
        switch (attribute.Value)
        {
            case float number:
                return message.Add(2, number).Add(20, 1L);
            case long number:
                return message.Add(3, number).Add(20, 2L);
            case string text:
                return message.Add(4, text).Add(20, 3L);
            case OnnxTensor tensor:
                return message.Add(5, Tensor(tensor)).Add(20, 4L);
            case float[] numbers:
                foreach (float number in numbers)
                    message.Add(7, number);
                return message.Add(20, 6L);
            case long[] numbers:
                foreach (long number in numbers)
                    message.Add(8, number);
                return message.Add(20, 7L);
            case string[] texts:
                foreach (string text in texts)
                    message.Add(9, text);
                return message.Add(20, 8L);
            default:
                throw new InvalidOperationException(
                    $"The attribute '{attribute.Name}' is of type {attribute.Value.GetType().Name}.");
        }
    }

    private static ProtoMessage Tensor(OnnxTensor tensor)
    {
        var message = new ProtoMessage();
        foreach (long size in tensor.Shape)
            message.Add(1, size);
        return message.Add(2, ElementType(tensor.DType)).Add(8, tensor.Name).Add(9, tensor.Data);
    }

    private static ProtoMessage Port(OnnxPort port)
    {
        var shape = new ProtoMessage();
        foreach (object? size in port.Shape)
        {
            var dimension = new ProtoMessage();
            if (size is long number)
                dimension.Add(1, number);
            else if (size is string name)
                dimension.Add(2, name);
            shape.Add(1, dimension);
        }
        ProtoMessage tensor = new ProtoMessage().Add(1, ElementType(port.DType)).Add(2, shape);
        return new ProtoMessage().Add(1, port.Name).Add(2, new ProtoMessage().Add(1, tensor));
    }
}
