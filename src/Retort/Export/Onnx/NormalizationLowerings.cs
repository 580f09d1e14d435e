namespace Retort.Export.Onnx;

/// <summary>Normalisations over the batch, over features, over groups of channels and over positions.</summary>
internal static class NormalizationLowerings
{
    public static void Register(LoweringTable table)
    {
        // (input, weight, bias, running_mean, running_var, training, momentum, eps, cudnn)
        table.Add("aten::batch_norm", c => BatchNorm(c, c.Flag(5), c.Number(7)));
        table.Add(
            "aten::native_batch_norm",
            c => new object?[] { BatchNorm(c, c.Flag(5), c.Number(7)), OperatorCall.Undefined, OperatorCall.Undefined });
        // (input, weight, bias, running_mean, running_var, use_input_stats, momentum, eps, cudnn)
        table.Add("aten::instance_norm", c => c.Flag(5) ? InstanceNorm(c) : BatchNorm(c, false, c.Number(7)));
        // (input, shape, weight, bias, eps, cudnn)
        table.Add("aten::layer_norm", LayerNorm);
        table.Add("aten::native_layer_norm", c => new object?[] { LayerNorm(c), OperatorCall.Undefined, OperatorCall.Undefined });
        // (input, groups, weight, bias, eps, cudnn)
        table.Add("aten::group_norm", GroupNorm);
    }

    private static OnnxValue BatchNorm(OperatorCall call, bool ofBatch, double epsilon)
    {
        GraphBuilder graph = call.Graph;
        OnnxValue x = call.Value(0);
        Extent channels = x.Shape[1];
        if (ofBatch)
            return ByStatistics(call, x, [0, .. Enumerable.Range(2, x.Rank - 2)], epsilon);
        return graph.Emit(
            "BatchNormalization",
            [
                x, call.OptionalTensor(1) ?? graph.Full(1, x.DType, [channels]),
                call.OptionalTensor(2) ?? graph.Full(0, x.DType, [channels]), call.Value(3), call.Value(4),
            ],
            x.DType, x.Shape, ("epsilon", (float)epsilon));
    }

    private static OnnxValue InstanceNorm(OperatorCall call)
    {
        GraphBuilder graph = call.Graph;
        OnnxValue x = call.Value(0);
        Extent channels = x.Shape[1];
        return graph.Emit(
            "InstanceNormalization",
            [
                x, call.OptionalTensor(1) ?? graph.Full(1, x.DType, [channels]),
                call.OptionalTensor(2) ?? graph.Full(0, x.DType, [channels]),
            ],
            x.DType, x.Shape, ("epsilon", (float)call.Number(7)));
    }

    private static OnnxValue LayerNorm(OperatorCall call)
    {
        GraphBuilder graph = call.Graph;
        OnnxValue x = call.Value(0);
        Extent[] normalized = call.Ints(1);
        return graph.Emit(
            "LayerNormalization",
            [x, call.OptionalTensor(2) ?? graph.Full(1, x.DType, normalized), call.OptionalTensor(3)],
            x.DType, x.Shape, ("axis", (long)(x.Rank - normalized.Length)), ("epsilon", (float)call.Number(4, 1e-5)));
    }

    private static OnnxValue GroupNorm(OperatorCall call)
    {
        GraphBuilder graph = call.Graph;
        OnnxValue x = call.Value(0);
        Extent groups = call.Int(1);
        Extent inGroup = x.Shape.Skip(1).Aggregate((Extent)1, (product, size) => product * size) / groups;
        // The groups are handled as channels, whose scale and shift follow afterwards.
        OnnxValue grouped = graph.Reshape(x, [x.Shape[0], groups, inGroup]);
        OnnxValue normalized = graph.Emit(
            "InstanceNormalization", [grouped, graph.Full(1, x.DType, [groups]), graph.Full(0, x.DType, [groups])],
            x.DType, grouped.Shape, ("epsilon", (float)call.Number(4, 1e-5)));
        return Affine(call, graph.Reshape(normalized, x.Shape), call.OptionalTensor(2), call.OptionalTensor(3));
    }

    private static OnnxValue ByStatistics(OperatorCall call, OnnxValue x, int[] axes, double epsilon)
    {
        GraphBuilder graph = call.Graph;
        OnnxValue difference = graph.Zip("Sub", x, graph.Reduce("ReduceMean", x, axes, keep: true));
        OnnxValue variance = graph.Reduce("ReduceMean", graph.Zip("Mul", difference, difference), axes, keep: true);
        OnnxValue normalized = graph.Zip("Div", difference, graph.Map("Sqrt", graph.Zip("Add", variance, epsilon)));
        return Affine(call, normalized, call.OptionalTensor(1), call.OptionalTensor(2));
    }

    private static OnnxValue Affine(OperatorCall call, OnnxValue x, OnnxValue? weight, OnnxValue? bias)
    {
        OnnxValue PerChannel(OnnxValue v) => call.Graph.Reshape(v, [x.Shape[1], .. Enumerable.Repeat((Extent)1, x.Rank - 2)]);
        if (weight is not null)
            x = call.Graph.Zip("Mul", x, PerChannel(weight));
        return bias is null ? x : call.Graph.Zip("Add", x, PerChannel(bias));
    }
}
