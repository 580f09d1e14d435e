using Retort.Torch;

namespace Retort.Export.Onnx;

/// <summary>Sums, means, extremes, norms, running sums and rankings.</summary>
internal static class ReductionLowerings
{
    public static void Register(LoweringTable table)
    {
        table.Add("aten::sum", c => Reduce(c, "ReduceSum", c.Count > 2 ? 1 : -1));
        table.Add("aten::mean", c => Reduce(c, "ReduceMean", c.Count > 2 ? 1 : -1));
        table.Add("aten::prod", c => Reduce(c, "ReduceProd", c.Count > 2 ? 1 : -1));
        table.Add("aten::amax", c => Reduce(c, "ReduceMax", 1));
        table.Add("aten::amin", c => Reduce(c, "ReduceMin", 1));
        table.Add("aten::logsumexp", c => Reduce(c, "ReduceLogSumExp", 1));
        table.Add("aten::max", c => Extreme(c, "Max", "ReduceMax", "ArgMax"));
        table.Add("aten::min", c => Extreme(c, "Min", "ReduceMin", "ArgMin"));
        table.Add("aten::argmax", c => Place(c, c.Value(0), "ArgMax", 1));
        table.Add("aten::argmin", c => Place(c, c.Value(0), "ArgMin", 1));
        table.Add("aten::all", c => OfBooleans(c, "ReduceMin"));
        table.Add("aten::any", c => OfBooleans(c, "ReduceMax"));
        table.Add("aten::var", c => Variance(c, 0));
        table.Add("aten::std", c => c.Graph.Map("Sqrt", Variance(c, 0)));
        table.Add("aten::var_mean", c => new object?[] { Variance(c, 0), Mean(c) });
        // (x, p), (x, p, dtype) or (x, p, dims, keepdim, …)
        table.Add("aten::norm", c => Norm(c, c.Number(1, 2), c.Count > 3 ? c.Axes(2, c.Value(0).Rank) : [], c.Flag(3)));
        table.Add("aten::linalg_vector_norm", c => Norm(c, c.Number(1, 2), c.Axes(2, c.Value(0).Rank), c.Flag(3)));
        table.Add("aten::linalg_norm", c => c[1] is string || (c.Has(1) && c.Axes(2, c.Value(0).Rank).Length != 1)
            ? throw c.Fail("it is a norm of matrices")
            : Norm(c, c.Number(1, 2), c.Axes(2, c.Value(0).Rank), c.Flag(3)));
        table.Add("aten::frobenius_norm", c => Norm(c, 2, c.Axes(1, c.Value(0).Rank), c.Flag(2)));
        table.Add("aten::cumsum", c =>
        {
            OnnxValue x = c.Promoted(0);
            return c.Graph.Emit("CumSum", [x, c.Graph.Scalar(x.Axis(c.Long(1)), DType.Int64)], x.DType, x.Shape);
        });
        table.Add("aten::topk", TopK);
        table.Add("aten::sort", Sort);
        table.Add("aten::cosine_similarity", CosineSimilarity);
    }

    private static OnnxValue Reduce(OperatorCall call, string op, int axesAt)
    {
        OnnxValue x = call.Promoted(0);
        return axesAt < 0
            ? call.Graph.Reduce(op, x, [], keep: false)
            : call.Graph.Reduce(op, x, call.Axes(axesAt, x.Rank), call.Flag(axesAt + 1));
    }

    private static object Extreme(OperatorCall call, string elementwise, string reduce, string place)
    {
        if (call.Count == 1)
            return call.Graph.Reduce(reduce, call.Value(0), [], keep: false);
        if (call.Count == 2 && call.IsTensor(1))
            return call.Graph.Zip(elementwise, call.Promoted(0), call.Promoted(1));
        OnnxValue x = call.Value(0);
        return new object?[] { call.Graph.Reduce(reduce, x, call.Axes(1, x.Rank), call.Flag(2)), Place(call, x, place, 1) };
    }

    private static OnnxValue Place(OperatorCall call, OnnxValue x, string op, int axisAt)
    {
        bool keep = call.Flag(axisAt + 1);
        bool all = !call.Has(axisAt);
        if (all)
            x = call.Graph.Reshape(x, [x.Shape.Aggregate((Extent)1, (product, size) => product * size)]);
        int axis = all ? 0 : x.Axis(call.Long(axisAt));
        int result = call.Results - 1;
        return call.Graph.Emit(
            op, [x], DType.Int64, call.ShapeOf(result), ("axis", (long)axis), ("keepdims", keep && !all ? 1L : 0L));
    }

    private static OnnxValue OfBooleans(OperatorCall call, string op)
    {
        OnnxValue x = call.Graph.Cast(call.Operand(0, DType.Bool), DType.Int32);
        return call.Graph.Cast(call.Graph.Reduce(op, x, call.Axes(1, x.Rank), call.Flag(2)), call.DType);
    }

    private static OnnxValue Mean(OperatorCall call)
    {
        OnnxValue x = call.Value(0);
        (int[] axes, _, bool keep) = VarianceArguments(call, x);
        return call.Graph.Reduce("ReduceMean", x, axes, keep);
    }

    private static OnnxValue Variance(OperatorCall call, int result)
    {
        GraphBuilder graph = call.Graph;
        OnnxValue x = call.Value(0);
        (int[] axes, long correction, bool keep) = VarianceArguments(call, x);
        int[] reduced = axes.Length == 0 ? [.. Enumerable.Range(0, x.Rank)] : axes;
        OnnxValue difference = graph.Zip("Sub", x, graph.Reduce("ReduceMean", x, reduced, keep: true));
        OnnxValue square = graph.Zip("Mul", difference, difference);
        if (correction == 0)
            return graph.Reduce("ReduceMean", square, reduced, keep);
        Extent count = reduced.Aggregate((Extent)1, (product, axis) => product * x.Shape[axis]) - correction;
        return graph.Zip("Div", graph.Reduce("ReduceSum", square, reduced, keep), graph.Number(count, call.TypeOf(result)));
    }

    // (x, unbiased), (x, dim, unbiased, keepdim) or (x, dim, correction, keepdim).
    private static (int[] Axes, long Correction, bool Keep) VarianceArguments(OperatorCall call, OnnxValue x)
    {
        if (call.Count <= 2)
            return ([], call.Flag(1, true) ? 1 : 0, false);
        long correction = call[2] is Extent number ? call.Constant(number) : call.Flag(2, true) ? 1 : 0;
        return (call.Axes(1, x.Rank), correction, call.Flag(3));
    }

    private static OnnxValue Norm(OperatorCall call, double order, int[] axes, bool keep)
    {
        GraphBuilder graph = call.Graph;
        OnnxValue x = call.Promoted(0);
        switch (order)
        {
            case 1: return graph.Reduce("ReduceL1", x, axes, keep);
            case 2: return graph.Reduce("ReduceL2", x, axes, keep);
            case double.PositiveInfinity: return graph.Reduce("ReduceMax", graph.Map("Abs", x), axes, keep);
            default:
                if (order <= 0)
                    throw call.Fail($"its order is {order}");
                OnnxValue power = graph.Zip("Pow", graph.Map("Abs", x), order);
                return graph.Zip("Pow", graph.Reduce("ReduceSum", power, axes, keep), 1 / order);
        }
    }

    private static object?[] TopK(OperatorCall call)
    {
        OnnxValue x = call.Value(0);
        return [.. call.Graph.EmitMany(
            "TopK", [x, call.Graph.Shape([call.Int(1)])], [(x.DType, call.ShapeOf(0)), (DType.Int64, call.ShapeOf(1))],
            ("axis", (long)x.Axis(call.Long(2, -1))), ("largest", call.Flag(3, true) ? 1L : 0L), ("sorted", 1L))];
    }

    private static object?[] Sort(OperatorCall call)
    {
        // (x, dim, descending) or (x, stable, dim, descending)
        int at = call.Count > 3 ? 2 : 1;
        OnnxValue x = call.Value(0);
        int axis = x.Axis(call.Long(at, -1));
        return [.. call.Graph.EmitMany(
            "TopK", [x, call.Graph.Shape([x.Shape[axis]])], [(x.DType, x.Shape), (DType.Int64, x.Shape)],
            ("axis", (long)axis), ("largest", call.Flag(at + 1) ? 1L : 0L), ("sorted", 1L))];
    }

    private static OnnxValue CosineSimilarity(OperatorCall call)
    {
        GraphBuilder graph = call.Graph;
        OnnxValue a = call.Promoted(0), b = call.Promoted(1);
        OnnxValue product = graph.Zip("Mul", a, b);
        int axis = product.Axis(call.Long(2, 1));
        double least = call.Number(3, 1e-8);
        OnnxValue Length(OnnxValue x) => graph.Zip(
            "Max", graph.Reduce("ReduceL2", x, [axis - product.Rank + x.Rank], keep: true), least);
        OnnxValue cosine = graph.Zip("Div", product, graph.Zip("Mul", Length(a), Length(b)));
        return graph.Reduce("ReduceSum", cosine, [axis], keep: false);
    }
}
