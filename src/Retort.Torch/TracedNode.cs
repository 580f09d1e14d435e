namespace Retort.Torch;

/// <summary>An operation of a graph.</summary>
/// <param name="Op">The operator: <c>aten::conv2d</c>, <c>prim::Constant</c>, <c>prim::ListConstruct</c> …</param>
/// <param name="Inputs">Numbers of the values it reads.</param>
/// <param name="Outputs">The values it gives.</param>
/// <param name="Constant">
/// The value of a constant: null, bool, long, double, string, Tensor, or an object?[] of these.
/// </param>
public sealed record TracedNode(string Op, IReadOnlyList<int> Inputs, IReadOnlyList<TracedValue> Outputs, object? Constant);
