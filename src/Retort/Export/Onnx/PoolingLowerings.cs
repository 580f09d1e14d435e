using Retort.Torch;

namespace Retort.Export.Onnx;

/// <summary>Poolings with windows of a given size, and those that adapt their windows to a given output.</summary>
internal static class PoolingLowerings
{
    public static void Register(LoweringTable table)
    {
        for (int spatial = 1; spatial <= 3; spatial++)
        {
            int n = spatial;
            table.Add($"aten::max_pool{n}d", c => MaxPool(c, n));
            table.Add($"aten::max_pool{n}d_with_indices", c => new[] { MaxPool(c, n), OperatorCall.Undefined });
            table.Add($"aten::avg_pool{n}d", c => AveragePool(c, n));
            table.Add($"aten::adaptive_avg_pool{n}d", c => AdaptiveAverage(c, n));
            table.Add($"aten::adaptive_max_pool{n}d", c => new[] { AdaptiveMax(c, n), OperatorCall.Undefined });
        }
        table.Add("aten::_adaptive_avg_pool2d", c => AdaptiveAverage(c, 2));
    }

    // (x, kernel, stride, padding, dilation, ceil_mode)
    private static OnnxValue MaxPool(OperatorCall call, int spatial)
    {
        Window window = Window.Read(call, spatial, call.Spread(4, spatial, 1));
        return call.Graph.Emit(
            "MaxPool", [Batched(call, spatial)], call.DType, call.Shape,
            ("kernel_shape", window.Kernel), ("strides", window.Stride), ("pads", window.Pads), ("dilations", window.Dilation));
    }

    // (x, kernel, stride, padding, ceil_mode, count_include_pad, divisor_override)
    private static OnnxValue AveragePool(OperatorCall call, int spatial)
    {
        Window window = Window.Read(call, spatial, [.. Enumerable.Repeat(1L, spatial)]);
        bool padded = window.Pads.Take(spatial).Any(p => p != 0);
        bool reachesOut = !window.Pads.Take(spatial).SequenceEqual(window.Pads.Skip(spatial));
        bool countPadding = call.Flag(5, true);
        if (reachesOut && ((padded && countPadding) || call.Has(6)))
            throw call.Fail("with ceil_mode its last windows count padding in a way that ONNX does not have");
        OnnxValue pooled = call.Graph.Emit(
            "AveragePool", [Batched(call, spatial)], call.DType, call.Shape,
            ("kernel_shape", window.Kernel), ("strides", window.Stride), ("pads", window.Pads),
            ("count_include_pad", padded && (countPadding || call.Has(6)) ? 1L : 0L));
        if (!call.Has(6))
            return pooled;
        return call.Graph.Zip("Mul", pooled, window.Kernel.Aggregate(1L, (product, size) => product * size) / call.Number(6));
    }

    private static OnnxValue AdaptiveAverage(OperatorCall call, int spatial)
    {
        GraphBuilder graph = call.Graph;
        OnnxValue x = Batched(call, spatial);
        long[] from = [.. x.Shape.TakeLast(spatial).Select(call.Constant)];
        long[] to = [.. call.Shape.TakeLast(spatial).Select(call.Constant)];
        if (to.All(size => size == 1))
            return graph.Emit("GlobalAveragePool", [x], call.DType, call.Shape);
        if (from.Zip(to).All(pair => pair.First % pair.Second == 0))
        {
            long[] kernel = [.. from.Zip(to, (a, b) => a / b)];
            return graph.Emit("AveragePool", [x], call.DType, call.Shape, ("kernel_shape", kernel), ("strides", kernel));
        }
        // Windows of different lengths: each axis is a product with a fixed matrix of weights.
        for (int axis = 0; axis < spatial; axis++)
        {
            int place = x.Rank - spatial + axis;
            OnnxValue last = graph.Swap(x, place, x.Rank - 1);
            x = graph.Swap(graph.MatMul(last, Windows(call, from[axis], to[axis])), place, x.Rank - 1);
        }
        return x;
    }

    private static OnnxValue AdaptiveMax(OperatorCall call, int spatial)
    {
        OnnxValue x = Batched(call, spatial);
        long[] from = [.. x.Shape.TakeLast(spatial).Select(call.Constant)];
        long[] to = [.. call.Shape.TakeLast(spatial).Select(call.Constant)];
        if (from.Zip(to).Any(pair => pair.First % pair.Second != 0))
            throw call.Fail($"its output [{string.Join(", ", to)}] does not divide its input [{string.Join(", ", from)}]");
        long[] kernel = [.. from.Zip(to, (a, b) => a / b)];
        return call.Graph.Emit("MaxPool", [x], call.DType, call.Shape, ("kernel_shape", kernel), ("strides", kernel));
    }

    // [from, to]: column k averages positions ⌊k·from/to⌋ to ⌈(k+1)·from/to⌉.
    private static OnnxValue Windows(OperatorCall call, long from, long to)
    {
        using var scope = new TensorScope();
        var weights = new double[from, to];
        for (long k = 0; k < to; k++)
        {
            long start = k * from / to, end = ((k + 1) * from + to - 1) / to;
            for (long position = start; position < end; position++)
                weights[position, k] = 1.0 / (end - start);
        }
        return call.Graph.Literal(Tensor.From(weights).To(call.DType));
    }

    private static OnnxValue Batched(OperatorCall call, int spatial)
    {
        OnnxValue x = call.Value(0);
        return x.Rank == spatial + 2 ? x : throw call.Fail("its input must have a batch and a channel dimension");
    }

    /// <summary>Sizes of windows; the padding behind is made to fit the traced output, which takes care of ceil_mode.</summary>
    private sealed record Window(long[] Kernel, long[] Stride, long[] Dilation, long[] Pads)
    {
        public static Window Read(OperatorCall call, int spatial, long[] dilation)
        {
            long[] kernel = call.Spread(1, spatial, 1);
            long[] given = call.Has(2) ? call.Longs(2) : [];
            long[] stride = given.Length == 0 ? kernel : call.Spread(2, spatial, 1);
            long[] before = call.Spread(3, spatial, 0);
            var after = new long[spatial];
            IReadOnlyList<Extent> input = call.Value(0).Shape, output = call.Shape;
            for (int k = 0; k < spatial; k++)
            {
                long from = call.Constant(input[input.Count - spatial + k]);
                long to = call.Constant(output[output.Count - spatial + k]);
                long needed = (to - 1) * stride[k] + dilation[k] * (kernel[k] - 1) + 1 - from - before[k];
                after[k] = Math.Max(before[k], needed);
            }
            return new Window(kernel, stride, dilation, [.. before, .. after]);
        }
    }
}
