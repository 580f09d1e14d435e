using Retort.Torch;

namespace Retort.Export.Onnx;

/// <summary>An attribute of a node: a long, a float, a string, an array of these, or an <see cref="OnnxTensor"/>.</summary>
internal sealed record OnnxAttribute(string Name, object Value);

/// <summary>A node; an empty name among the inputs stands for one that is left out.</summary>
internal sealed record OnnxNode(
    string OpType, string Name, IReadOnlyList<string> Inputs, IReadOnlyList<string> Outputs,
    IReadOnlyList<OnnxAttribute> Attributes);

/// <summary>A tensor written into the file.</summary>
internal sealed record OnnxTensor(string Name, DType DType, IReadOnlyList<long> Shape, ReadOnlyMemory<byte> Data);

/// <summary>An input or output of the graph; a dimension is a number or a name, or null where nothing is said of it.</summary>
internal sealed record OnnxPort(string Name, DType DType, IReadOnlyList<object?> Shape);

/// <summary>What a file holds.</summary>
internal sealed record OnnxGraph(
    string Name, IReadOnlyList<OnnxPort> Inputs, IReadOnlyList<OnnxPort> Outputs, IReadOnlyList<OnnxNode> Nodes,
    IReadOnlyList<OnnxTensor> Initializers);

/// <summary>A tensor of the graph while it is built.</summary>
internal sealed record OnnxValue(string Name, DType DType, IReadOnlyList<Extent> Shape)
{
    public int Rank => Shape.Count;

    /// <summary>The axis counted from the front.</summary>
    public int Axis(long axis) => (int)(axis < 0 ? axis + Rank : axis);
}
