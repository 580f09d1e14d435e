using Retort.Torch;

namespace Retort.Export.Onnx;

/// <summary>Operators that move elements without looking at them, and those that change nothing but the type.</summary>
/// <remarks>The traced shape of the result says more than the arguments do, so most are written from it.</remarks>
internal static class ShapingLowerings
{
    public static void Register(LoweringTable table)
    {
        table.Add(
            ["aten::view", "aten::reshape", "aten::_reshape_alias", "aten::_unsafe_view", "aten::flatten", "aten::unflatten",
             "aten::view_as", "aten::reshape_as", "aten::squeeze", "aten::unsqueeze", "aten::ravel"],
            c => c.Graph.Reshape(c.Value(0), c.Shape));
        table.Add(
            ["aten::contiguous", "aten::clone", "aten::detach", "aten::alias", "aten::lift", "aten::lift_fresh",
             "aten::requires_grad_", "aten::to", "aten::_to_copy", "aten::type_as"],
            c => c.Promoted(0));
        table.Add(["aten::expand", "aten::expand_as", "aten::broadcast_to"], c => c.Graph.Expand(c.Value(0), c.Shape));
        table.Add("aten::copy", c => c.Graph.Expand(c.Promoted(1), c.Shape));
        table.Add("aten::permute", c => c.Graph.Transpose(c.Value(0), c.Axes(1, c.Value(0).Rank)));
        table.Add(["aten::transpose", "aten::swapaxes", "aten::swapdims"], c =>
            c.Graph.Swap(c.Value(0), c.Value(0).Axis(c.Long(1)), c.Value(0).Axis(c.Long(2))));
        table.Add(["aten::t", "aten::numpy_T", "aten::mT", "aten::adjoint"], c => c.Value(0).Rank switch
        {
            < 2 => c.Value(0),
            2 => c.Graph.Swap(c.Value(0), 0, 1),
            int rank when c.Op is "aten::mT" or "aten::adjoint" => c.Graph.Swap(c.Value(0), rank - 2, rank - 1),
            int rank => c.Graph.Transpose(c.Value(0), [.. Enumerable.Range(0, rank).Reverse()]),
        });
        table.Add(["aten::movedim", "aten::moveaxis"], MoveDimensions);
        table.Add(["aten::cat", "aten::concat", "aten::concatenate"], Cat);
        table.Add("aten::stack", c =>
        {
            int axis = (int)c.Long(1, 0);
            axis = axis < 0 ? axis + c.Shape.Count : axis;
            return c.Graph.Concat([.. c.Tensors(0).Select(x => c.Graph.Unsqueeze(c.Graph.Cast(x, c.DType), axis))], axis);
        });
        table.Add("aten::meshgrid", Meshgrid);
        table.Add("aten::chunk", Chunk);
        table.Add(["aten::split", "aten::split_with_sizes", "aten::tensor_split"], Split);
        table.Add("aten::unbind", Unbind);
        table.Add("aten::repeat", Repeat);
        table.Add("aten::tile", Repeat);
        table.Add("aten::repeat_interleave", RepeatInterleave);
        table.Add("aten::flip", Flip);
        table.Add("aten::roll", Roll);
        table.Add(["aten::tril", "aten::triu"], Triangle);
        table.Add("aten::pixel_shuffle", c => c.Graph.Emit(
            "DepthToSpace", [c.Value(0)], c.DType, c.Shape, ("blocksize", c.Long(1)), ("mode", "CRD")));
        table.Add("aten::pixel_unshuffle", PixelUnshuffle);
        table.Add("aten::channel_shuffle", ChannelShuffle);
    }

    private static OnnxValue MoveDimensions(OperatorCall call)
    {
        OnnxValue x = call.Value(0);
        int[] from = call.Axes(1, x.Rank), to = call.Axes(2, x.Rank);
        var rest = new Queue<int>(Enumerable.Range(0, x.Rank).Except(from));
        return call.Graph.Transpose(x, [.. Enumerable.Range(0, x.Rank).Select(axis =>
            Array.IndexOf(to, axis) is int place and >= 0 ? from[place] : rest.Dequeue())]);
    }

    private static OnnxValue Cat(OperatorCall call)
    {
        // PyTorch lets empty vectors stand among tensors of any rank.
        IEnumerable<OnnxValue> filled = call.Tensors(0).Where(x => !x.Shape.SequenceEqual([(Extent)0]));
        OnnxValue[] parts = [.. filled.Select(x => call.Graph.Cast(x, call.DType))];
        return call.Graph.Concat(parts, parts[0].Axis(call.Long(1, 0)));
    }

    private static object?[] Meshgrid(OperatorCall call)
    {
        OnnxValue[] axes = call.Tensors(0);
        Extent[] shape = [.. axes.Select(axis => axis.Shape.Aggregate((Extent)1, (product, size) => product * size))];
        bool columnsFirst = call.Text(1, "ij") == "xy" && axes.Length > 1;
        return [.. axes.Select((axis, place) =>
        {
            Extent[] along = [.. Enumerable.Repeat((Extent)1, axes.Length)];
            along[place] = shape[place];
            OnnxValue spread = call.Graph.Expand(call.Graph.Reshape(axis, along), shape);
            return columnsFirst ? call.Graph.Swap(spread, 0, 1) : spread;
        })];
    }

    private static object?[] Chunk(OperatorCall call)
    {
        OnnxValue x = call.Value(0);
        int axis = x.Axis(call.Long(2, 0));
        long size = call.Constant(x.Shape[axis]), chunks = call.Long(1);
        return Pieces(call, x, axis, Math.Max(1, (size + chunks - 1) / chunks));
    }

    private static object?[] Split(OperatorCall call)
    {
        OnnxValue x = call.Value(0);
        int axis = x.Axis(call.Long(2, 0));
        if (call.Op == "aten::tensor_split")
            throw call.Fail("use split or chunk, whose sizes are known");
        return call.IsList(1) ? [.. call.Graph.Split(x, axis, call.Ints(1))] : Pieces(call, x, axis, call.Long(1));
    }

    private static object?[] Pieces(OperatorCall call, OnnxValue x, int axis, long length)
    {
        long size = call.Constant(x.Shape[axis]);
        var lengths = new List<Extent>();
        for (long start = 0; start < size; start += length)
            lengths.Add(Math.Min(length, size - start));
        return [.. call.Graph.Split(x, axis, lengths)];
    }

    private static object?[] Unbind(OperatorCall call)
    {
        OnnxValue x = call.Value(0);
        int axis = x.Axis(call.Long(1, 0));
        long size = call.Constant(x.Shape[axis]);
        IReadOnlyList<Extent> shape = [.. x.Shape.Where((_, k) => k != axis)];
        OnnxValue[] parts = call.Graph.Split(x, axis, [.. Enumerable.Repeat((Extent)1, (int)size)]);
        return [.. parts.Select(part => call.Graph.Reshape(part, shape))];
    }

    private static OnnxValue Repeat(OperatorCall call)
    {
        OnnxValue x = call.Value(0);
        Extent[] times = call.Ints(1);
        // tile may name fewer dimensions than there are, repeat may name more.
        times = [.. Enumerable.Repeat((Extent)1, Math.Max(0, x.Rank - times.Length)), .. times];
        OnnxValue padded = call.Graph.Reshape(x, [.. Enumerable.Repeat((Extent)1, times.Length - x.Rank), .. x.Shape]);
        return times.All(t => t.IsOne)
            ? padded
            : call.Graph.Emit("Tile", [padded, call.Graph.Shape(times)], x.DType, call.Shape);
    }

    private static OnnxValue RepeatInterleave(OperatorCall call)
    {
        if (call.IsTensor(0) && call.Count >= 2 && call[1] is Extent times && call.Has(2))
        {
            OnnxValue x = call.Value(0);
            int axis = x.Axis(call.Long(2));
            OnnxValue inner = call.Graph.Unsqueeze(x, axis + 1);
            Extent[] wide = [.. inner.Shape];
            wide[axis + 1] = times;
            return call.Graph.Reshape(call.Graph.Expand(inner, wide), call.Shape);
        }
        throw call.Fail("only a fixed number of repeats along one dimension can be written");
    }

    private static OnnxValue Flip(OperatorCall call)
    {
        OnnxValue x = call.Value(0);
        foreach (int axis in call.Axes(1, x.Rank))
            x = call.Graph.Slice(x, axis, -1, long.MinValue + 1, x.Shape[axis], step: -1);
        return x;
    }

    private static OnnxValue Roll(OperatorCall call)
    {
        OnnxValue x = call.Value(0);
        long[] shifts = call.Longs(1);
        int[] axes = call.Axes(2, x.Rank);
        if (axes.Length != shifts.Length)
            throw call.Fail("it rolls over the flattened tensor");
        for (int k = 0; k < axes.Length; k++)
        {
            long size = call.Constant(x.Shape[axes[k]]);
            long cut = size == 0 ? 0 : ((-shifts[k] % size) + size) % size;
            if (cut != 0)
                x = call.Graph.Concat([call.Graph.Slice(x, axes[k], cut, size), call.Graph.Slice(x, axes[k], 0, cut)], axes[k]);
        }
        return x;
    }

    private static OnnxValue Triangle(OperatorCall call)
    {
        GraphBuilder graph = call.Graph;
        OnnxValue x = call.Value(0);
        // Runtimes have it for few types; whole numbers of 64 bits are among them everywhere.
        DType through = x.DType.IsFloatingPoint() ? x.DType : DType.Int64;
        OnnxValue triangle = graph.Emit(
            "Trilu", [graph.Cast(x, through), graph.Scalar(call.Long(1, 0), DType.Int64)], through, x.Shape,
            ("upper", call.Op.StartsWith("aten::triu", StringComparison.Ordinal) ? 1L : 0L));
        return graph.Cast(triangle, x.DType);
    }

    private static OnnxValue PixelUnshuffle(OperatorCall call)
    {
        GraphBuilder graph = call.Graph;
        OnnxValue x = call.Value(0);
        if (x.Rank != 4)
            throw call.Fail("its input must have four dimensions");
        Extent factor = call.Int(1);
        OnnxValue blocks = graph.Reshape(
            x, [x.Shape[0], x.Shape[1], x.Shape[2] / factor, factor, x.Shape[3] / factor, factor]);
        return graph.Reshape(graph.Transpose(blocks, [0, 1, 3, 5, 2, 4]), call.Shape);
    }

    private static OnnxValue ChannelShuffle(OperatorCall call)
    {
        GraphBuilder graph = call.Graph;
        OnnxValue x = call.Value(0);
        Extent groups = call.Int(1);
        OnnxValue split = graph.Reshape(x, [x.Shape[0], groups, x.Shape[1] / groups, .. x.Shape.Skip(2)]);
        return graph.Reshape(graph.Swap(split, 1, 2), x.Shape);
    }
}
