using Retort.Torch;

namespace Retort.Export.Onnx;

/// <summary>Operators that pick elements by place.</summary>
internal static class IndexingLowerings
{
    public static void Register(LoweringTable table)
    {
        table.Add("aten::slice", Slice);
        table.Add("aten::narrow", c =>
        {
            OnnxValue x = c.Value(0);
            int axis = x.Axis(c.Long(1));
            Extent start = c.Int(2);
            // A start that counts from the end would leave no way to write an end of zero.
            start = start is { IsConstant: true, First: < 0 } ? start + x.Shape[axis] : start;
            return c.Graph.Slice(x, axis, start, start + c.Int(3));
        });
        table.Add("aten::select", c =>
        {
            OnnxValue x = c.Value(0);
            return c.Graph.Emit("Gather", [x, c.Graph.Number(c.Int(2))], x.DType, c.Shape, ("axis", (long)x.Axis(c.Long(1))));
        });
        table.Add("aten::index_select", c => Gather(c, c.Value(0), Index(c, 2), c.Value(0).Axis(c.Long(1))));
        table.Add("aten::embedding", c => Gather(c, c.Value(0), Index(c, 1), 0));
        table.Add("aten::gather", c => c.Graph.Emit(
            "GatherElements", [c.Value(0), Index(c, 2)], c.DType, c.Shape, ("axis", (long)c.Value(0).Axis(c.Long(1)))));
        table.Add("aten::scatter", c => Scatter(c, "none"));
        table.Add("aten::scatter_add", c => Scatter(c, "add"));
        table.Add("aten::take_along_dim", c => c.Has(2)
            ? c.Graph.Emit(
                "GatherElements", [c.Value(0), Index(c, 1)], c.DType, c.Shape, ("axis", (long)c.Value(0).Axis(c.Long(2))))
            : throw c.Fail("it reads from the flattened tensor"));
        table.Add("aten::index", IndexByTensors);
        table.Add("aten::one_hot", OneHot);
    }

    private static OnnxValue Index(OperatorCall call, int argument)
    {
        OnnxValue index = call.Value(argument);
        return index.DType is DType.Int64 or DType.Int32 ? index : call.Graph.Cast(index, DType.Int64);
    }

    private static OnnxValue Gather(OperatorCall call, OnnxValue x, OnnxValue index, int axis) =>
        call.Graph.Emit("Gather", [x, index], x.DType, call.Shape, ("axis", (long)axis));

    private static OnnxValue Slice(OperatorCall call)
    {
        OnnxValue x = call.Value(0);
        int axis = x.Axis(call.Long(1, 0));
        Extent start = call.Has(2) ? call.Int(2) : 0, end = call.Has(3) ? call.Int(3) : long.MaxValue, length = call.Shape[axis];
        long step = call.Long(4, 1);
        bool whole = start is { IsConstant: true, First: 0 } && length == x.Shape[axis] && step == 1;
        return whole ? x : call.Graph.Slice(x, axis, start, end, length, step);
    }

    private static OnnxValue IndexByTensors(OperatorCall call)
    {
        OnnxValue x = call.Value(0);
        if (call[1] is not object?[] list)
            throw call.Fail("its indices are no list");
        int[] given = [.. Enumerable.Range(0, list.Length).Where(k => list[k] is not null)];
        OnnxValue[] indices = [.. given.Select(k => list[k] switch
        {
            OnnxValue value => value,
            Tensor tensor => call.Graph.Weight(tensor),
            _ => throw call.Fail("an index is no tensor"),
        })];
        if (indices.Any(i => i.DType is DType.Bool or DType.UInt8))
            throw call.Fail("an index is a mask, so that the size of its result depends on values; use where or masked_fill");
        if (given.Length == 1)
            return Gather(call, x, indices[0], given[0]);
        if (!given.SequenceEqual(Enumerable.Range(0, given.Length)))
            throw call.Fail("several indices can only be written where they stand at the first dimensions");
        // GatherND reads one row of coordinates for each element of the result.
        IReadOnlyList<Extent> common = indices.Select(i => i.Shape).Aggregate(GraphBuilder.Broadcast);
        OnnxValue[] columns = [.. indices.Select(i =>
            call.Graph.Unsqueeze(call.Graph.Expand(call.Graph.Cast(i, DType.Int64), common), common.Count))];
        return call.Graph.Emit("GatherND", [x, call.Graph.Concat(columns, common.Count)], x.DType, call.Shape);
    }

    // (x, dim, index, source), whose source is a tensor of the index's shape or larger, or a number.
    private static OnnxValue Scatter(OperatorCall call, string reduction)
    {
        GraphBuilder graph = call.Graph;
        OnnxValue x = call.Value(0), index = Index(call, 2);
        OnnxValue source = graph.Expand(call.Promoted(3), call.IsTensor(3) ? call.Value(3).Shape : index.Shape);
        for (int axis = 0; axis < index.Rank; axis++)
        {
            if (source.Shape[axis] != index.Shape[axis])
                source = graph.Slice(source, axis, 0, index.Shape[axis]);
        }
        return graph.Emit(
            "ScatterElements", [x, index, source], x.DType, x.Shape,
            ("axis", (long)x.Axis(call.Long(1))), ("reduction", reduction));
    }

    private static OnnxValue OneHot(OperatorCall call)
    {
        GraphBuilder graph = call.Graph;
        return graph.Emit(
            "OneHot", [call.Value(0), graph.Scalar(call.Constant(call.Shape[^1]), DType.Int64), graph.Shape([0, 1])],
            DType.Int64, call.Shape, ("axis", -1L));
    }
}
