using System.Text.Json;

namespace Retort.Torch;

/// <summary>What a traced forward does, as a flat list of operations: what exporters and counters read.</summary>
/// <param name="Inputs">The module's inputs, then its weights in the order of <paramref name="Weights"/>.</param>
/// <param name="Outputs">Numbers of the values that the forward returns.</param>
/// <param name="Nodes">The operations in an order in which they can run.</param>
/// <param name="Weights">Parameters and buffers that the forward uses.</param>
public sealed record TracedGraph(
    IReadOnlyList<TracedValue> Inputs, IReadOnlyList<int> Outputs, IReadOnlyList<TracedNode> Nodes, IReadOnlyList<Tensor> Weights)
{
    /// <summary>How many of the inputs are the module's own rather than weights.</summary>
    public int ModelInputs => Inputs.Count - Weights.Count;

    internal static TracedGraph Parse(string json, IReadOnlyList<Tensor> weights, IReadOnlyList<Tensor> constants)
    {
        using JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 128 });
        JsonElement root = document.RootElement;
        return new TracedGraph(
            [.. root.GetProperty("inputs").EnumerateArray().Select(Value)],
            [.. root.GetProperty("outputs").EnumerateArray().Select(e => e.GetInt32())],
            [.. root.GetProperty("nodes").EnumerateArray().Select(n => Node(n, constants))],
            weights);
    }

    private static TracedNode Node(JsonElement node, IReadOnlyList<Tensor> constants) => new(
        node.GetProperty("op").GetString()!,
        [.. node.GetProperty("inputs").EnumerateArray().Select(e => e.GetInt32())],
        [.. node.GetProperty("outputs").EnumerateArray().Select(Value)],
        node.TryGetProperty("value", out JsonElement value) ? Constant(value, constants) : null);

    private static TracedValue Value(JsonElement value) => new(
        value.GetProperty("id").GetInt32(),
        value.GetProperty("kind").GetString()!,
        value.TryGetProperty("dtype", out JsonElement dtype) ? (DType)dtype.GetInt32() : null,
        value.TryGetProperty("shape", out JsonElement shape) ? [.. shape.EnumerateArray().Select(e => e.GetInt64())] : null);

    private static object? Constant(JsonElement value, IReadOnlyList<Tensor> constants) => value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Number => value.GetInt64(),
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Array => value.EnumerateArray().Select(e => Constant(e, constants)).ToArray(),
        _ when value.TryGetProperty("tensor", out JsonElement index) => constants[index.GetInt32()],
        _ => Number(value.GetProperty("double")),
    };

    private static double Number(JsonElement value) => value.ValueKind == JsonValueKind.Number
        ? value.GetDouble()
        : value.GetString() switch
        {
            "inf" => double.PositiveInfinity,
            "-inf" => double.NegativeInfinity,
            _ => double.NaN,
        };
}
