namespace Retort.Torch;

/// <summary>A value of a graph: a tensor, a number, a list.</summary>
/// <param name="Id">Its number, unique in the graph.</param>
/// <param name="Kind">TorchScript's kind: <c>TensorType</c>, <c>IntType</c>, <c>ListType</c> …</param>
/// <param name="DType">The element type of a tensor, as far as tracing saw it.</param>
/// <param name="Shape">The shape of a tensor at tracing, or null.</param>
public sealed record TracedValue(int Id, string Kind, DType? DType, IReadOnlyList<long>? Shape);
