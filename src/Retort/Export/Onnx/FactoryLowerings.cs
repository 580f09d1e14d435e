using Retort.Torch;

namespace Retort.Export.Onnx;

/// <summary>Operators that make tensors from nothing but sizes and numbers.</summary>
internal static class FactoryLowerings
{
    public static void Register(LoweringTable table)
    {
        table.Add(["aten::zeros", "aten::zeros_like", "aten::new_zeros", "aten::zero"], c => Full(c, 0));
        table.Add(["aten::ones", "aten::ones_like", "aten::new_ones"], c => Full(c, 1));
        table.Add(["aten::full", "aten::full_like"], c => Full(c, 1, at: true));
        table.Add("aten::new_full", c => Full(c, 2, at: true));
        table.Add("aten::fill", c => Full(c, 1, at: true));
        table.Add("aten::scalar_tensor", c => Full(c, 0, at: true));
        table.Add(["aten::empty", "aten::empty_like", "aten::new_empty", "aten::empty_strided"], _ => OperatorCall.Undefined);
        table.Add("aten::arange", Arange);
        table.Add("aten::linspace", c => Listed(c, LinSpace(c)));
        table.Add("aten::eye", Eye);
    }

    private static OnnxValue Full(OperatorCall call, int value, bool at = false)
    {
        if (!at || !call.IsTensor(value))
        {
            return call[value] is Extent { IsConstant: false } size && at
                ? call.Graph.Expand(call.Graph.Number(size, call.DType), call.Shape)
                : call.Graph.Full(at ? call.Number(value) : value, call.DType, call.Shape);
        }
        return call.Graph.Expand(call.Promoted(value), call.Shape);
    }

    private static OnnxValue Arange(OperatorCall call)
    {
        // (end, …4), (start, end, …4) or (start, end, step, …4)
        int numbers = call.Count - 4;
        int end = numbers == 1 ? 0 : 1;
        if (Enumerable.Range(0, numbers).Any(k => call[k] is Extent { IsConstant: false }))
        {
            OnnxValue Or(int index, bool given, long otherwise) =>
                given ? call.Operand(index, call.DType) : call.Graph.Scalar(otherwise, call.DType);
            return call.Graph.Emit(
                "Range", [Or(0, numbers > 1, 0), Or(end, true, 0), Or(2, numbers > 2, 1)], call.DType, call.Shape);
        }
        double start = numbers > 1 ? call.Number(0) : 0, step = numbers > 2 ? call.Number(2) : 1;
        return Listed(call, [.. Enumerable.Range(0, (int)call.Constant(call.Shape[0])).Select(k => start + k * step)]);
    }

    private static double[] LinSpace(OperatorCall call)
    {
        double start = call.Number(0), end = call.Number(1);
        long steps = call.Constant(call.Shape[0]);
        return [.. Enumerable.Range(0, (int)steps).Select(k => steps == 1 ? start : start + (end - start) * k / (steps - 1))];
    }

    private static OnnxValue Eye(OperatorCall call)
    {
        long rows = call.Constant(call.Shape[0]), columns = call.Constant(call.Shape[1]);
        var data = new double[checked((int)(rows * columns))];
        for (long k = 0; k < Math.Min(rows, columns); k++)
            data[k * columns + k] = 1;
        return Listed(call, data);
    }

    private static OnnxValue Listed(OperatorCall call, double[] numbers)
    {
        using var scope = new TensorScope();
        long[] shape = [.. call.Shape.Select(call.Constant)];
        return call.Graph.Literal(Tensor.From(numbers, shape).To(call.DType));
    }
}
