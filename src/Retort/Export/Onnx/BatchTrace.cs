using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Export.Onnx;

/// <summary>A value of a forward traced at several batch sizes.</summary>
internal sealed record BatchValue(int Id, string Kind, DType? DType, IReadOnlyList<Extent>? Shape);

/// <summary>
/// An operation of such a forward; a constant is null, bool, <see cref="Extent"/>, double, string, Tensor or an object?[].
/// </summary>
internal sealed record BatchNode(string Op, IReadOnlyList<int> Inputs, IReadOnlyList<BatchValue> Outputs, object? Constant);

/// <summary>A forward traced at several batch sizes, with each whole number as it was at each of them.</summary>
internal sealed class BatchTrace
{
    private readonly string _module;

    private BatchTrace(string module, IReadOnlyList<TracedGraph> graphs)
    {
        _module = module;
        TracedGraph first = graphs[0];
        foreach (TracedGraph other in graphs)
        {
            if (!first.Nodes.Select(n => n.Op).SequenceEqual(other.Nodes.Select(n => n.Op)) ||
                first.Inputs.Count != other.Inputs.Count)
                throw new ExportException(
                    $"{module} runs other operators at batch size {Extent.BatchSizes[0]} than at {Extent.BatchSizes[1]} or " +
                    $"{Extent.BatchSizes[2]}, so one graph cannot stand for every batch size. Export it for a fixed one " +
                    "(DynamicBatch = false).");
        }
        IReadOnlyList<TracedValue>[] inputs = [.. graphs.Select(g => g.Inputs)];
        Inputs = [.. first.Inputs.Select((_, k) => Merge([.. inputs.Select(i => i[k])]))];
        Nodes = [.. first.Nodes.Select((_, k) => Merge([.. graphs.Select(g => g.Nodes[k])]))];
        Outputs = first.Outputs;
        Weights = first.Weights;
    }

    public IReadOnlyList<BatchValue> Inputs { get; }

    public IReadOnlyList<int> Outputs { get; }

    public IReadOnlyList<BatchNode> Nodes { get; }

    public IReadOnlyList<Tensor> Weights { get; }

    public int ModelInputs => Inputs.Count - Weights.Count;

    /// <summary>Traces at the batch sizes of <see cref="Extent"/>, or as the examples are where the batch is fixed.</summary>
    public static BatchTrace Record(
        Module module, Func<IReadOnlyList<Tensor>, IReadOnlyList<Tensor>> forward, IReadOnlyList<Tensor> examples,
        bool dynamicBatch)
    {
        TracedGraph Graph(IReadOnlyList<Tensor> inputs)
        {
            using ScriptModule traced = ScriptModule.Trace(module, forward, inputs);
            return traced.Graph();
        }

        string name = module.GetType().Name;
        if (!dynamicBatch)
        {
            TracedGraph only = Graph(examples);
            return new BatchTrace(name, [only, only, only]);
        }
        return new BatchTrace(name, [.. Extent.BatchSizes.Select(size => Graph([.. examples.Select(e => OfBatch(e, size))]))]);
    }

    // The first sample repeated: its values are sensible ones (token numbers in range), whatever the batch size.
    private static Tensor OfBatch(Tensor example, long size)
    {
        var shape = example.Shape;
        shape[0] = size;
        return example.Detach().Narrow(0, 0, 1).Expand(shape).Contiguous();
    }

    private BatchNode Merge(TracedNode[] nodes) => new(
        nodes[0].Op,
        nodes[0].Inputs,
        [.. nodes[0].Outputs.Select((_, k) => Merge([.. nodes.Select(n => n.Outputs[k])]))],
        Array.TrueForAll(nodes, n => n.Constant is null) ? null : Merge([.. nodes.Select(n => n.Constant)]));

    private BatchValue Merge(TracedValue[] values)
    {
        IReadOnlyList<long>?[] shapes = Array.ConvertAll(values, v => v.Shape);
        IReadOnlyList<Extent>? shape = null;
        if (Array.TrueForAll(shapes, s => s is not null))
        {
            if (Array.Exists(shapes, s => s!.Count != shapes[0]!.Count))
                throw new ExportException($"A tensor of {_module} has more or fewer dimensions as the batch grows. {Advice}");
            shape = [.. shapes[0]!.Select((size, axis) => new Extent(size, shapes[1]![axis], shapes[2]![axis]))];
        }
        return new BatchValue(values[0].Id, values[0].Kind, values[0].DType, shape);
    }

    private object? Merge(object?[] constants)
    {
        switch (constants[0])
        {
            case long first when constants[1] is long second && constants[2] is long third:
                return new Extent(first, second, third);
            case object?[] list when Array.TrueForAll(constants, c => c is object?[] other && other.Length == list.Length):
                return list.Select((_, k) => Merge([.. constants.Select(c => ((object?[])c!)[k])])).ToArray();
            case Tensor tensor when Array.TrueForAll(constants, c => c is Tensor other && Same(tensor, other)):
                return tensor;
            case null or bool or double or string when Array.TrueForAll(constants, c => Equals(c, constants[0])):
                return constants[0];
            default:
                throw new ExportException(
                    $"{_module} computes a constant from the batch size in its forward: {string.Join(", ", constants)} at " +
                    $"batch sizes {string.Join(", ", Extent.BatchSizes)}. {Advice}");
        }
    }

    private const string Advice =
        "Compute it with tensor operators on the input instead, or export for a fixed batch size (DynamicBatch = false).";

    private static bool Same(Tensor a, Tensor b) =>
        ReferenceEquals(a, b) || (a.DType == b.DType && a.Shape.AsSpan().SequenceEqual(b.Shape) && a.Equal(b));
}
