using System.Text;
using Google.Protobuf;

namespace Retort.Tests.Export;

/// <summary>What a test looks at in an ONNX file, read without our writer.</summary>
internal sealed class OnnxFile
{
    private readonly ILookup<int, object> _model;
    private readonly ILookup<int, object> _graph;

    private OnnxFile(byte[] data)
    {
        _model = Fields(data);
        _graph = Fields((byte[])_model[7].Single());
    }

    public long IrVersion => (long)_model[1].Single();

    public long Opset => (long)Fields((byte[])_model[8].Single())[2].Single();

    public Dictionary<string, string> Metadata => _model[14].Select(e => Fields((byte[])e)).ToDictionary(e => Text(e, 1), e => Text(e, 2));

    public string[] Operators => [.. _graph[1].Select(n => Text(Fields((byte[])n), 4))];

    public string[] Initializers => [.. _graph[5].Select(i => Text(Fields((byte[])i), 8))];

    public string[] Inputs => [.. _graph[11].Select(Port)];

    public string[] Outputs => [.. _graph[12].Select(Port)];

    public static OnnxFile Read(string path) => new(File.ReadAllBytes(path));

    // "input[batch, 3]"
    private static string Port(object port)
    {
        ILookup<int, object> info = Fields((byte[])port);
        ILookup<int, object> type = Fields((byte[])Fields((byte[])info[2].Single())[1].Single());
        IEnumerable<string> sizes = Fields((byte[])type[2].Single())[1].Select(d => Fields((byte[])d))
            .Select(d => d.Contains(1) ? $"{d[1].Single()}" : d.Contains(2) ? Text(d, 2) : "?");
        return $"{Text(info, 1)}[{string.Join(", ", sizes)}]";
    }

    private static string Text(ILookup<int, object> fields, int field) => Encoding.UTF8.GetString((byte[])fields[field].Single());

    private static ILookup<int, object> Fields(byte[] message)
    {
        var fields = new List<(int Field, object Value)>();
        var input = new CodedInputStream(message);
        for (uint tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
        {
            fields.Add((WireFormat.GetTagFieldNumber(tag), WireFormat.GetTagWireType(tag) switch
            {
                WireFormat.WireType.Varint => input.ReadInt64(),
                WireFormat.WireType.Fixed32 => input.ReadFloat(),
                WireFormat.WireType.LengthDelimited => input.ReadBytes().ToByteArray(),
                WireFormat.WireType other => throw new InvalidDataException($"{other}"),
            }));
        }
        return fields.ToLookup(f => f.Field, f => f.Value);
    }
}
