namespace Retort.Export.Onnx;

/// <summary>Resizing of images and reading at computed places.</summary>
internal static class ResamplingLowerings
{
    public static void Register(LoweringTable table)
    {
        foreach ((string name, int spatial) in new[] { ("1d", 1), ("2d", 2), ("3d", 3) })
            table.Add($"aten::upsample_nearest{name}", c => Resize(c, "nearest", spatial, corners: false, factorsAt: 2));
        foreach ((string name, string mode, int spatial) in new[]
        {
            ("linear1d", "linear", 1), ("bilinear2d", "linear", 2), ("trilinear3d", "linear", 3), ("bicubic2d", "cubic", 2),
        })
            table.Add($"aten::upsample_{name}", c => Resize(c, mode, spatial, c.Flag(2), factorsAt: 3));
        table.Add(["aten::grid_sampler", "aten::grid_sampler_2d"], GridSample);
    }

    private static OnnxValue Resize(OperatorCall call, string mode, int spatial, bool corners, int factorsAt)
    {
        GraphBuilder graph = call.Graph;
        OnnxValue x = call.Value(0);
        double?[] factors = Factors(call, spatial, factorsAt);
        double[] exact = [.. Enumerable.Range(2, spatial).Select(axis =>
            (double)call.Constant(call.Shape[axis]) / call.Constant(x.Shape[axis]))];
        // A given factor, and not the rounded size that it leads to, decides where pixels are read.
        bool byFactor = factors.Zip(exact).Any(pair => pair.First is { } factor && Math.Abs(factor - pair.Second) > 1e-9);
        string coordinates = mode == "nearest" ? "asymmetric" : corners ? "align_corners" : "pytorch_half_pixel";
        (string, object)[] attributes =
        [
            ("mode", mode), ("coordinate_transformation_mode", coordinates), ("nearest_mode", "floor"), ("cubic_coeff_a", -0.75f),
        ];
        if (byFactor)
        {
            float[] scales = [1, 1, .. factors.Zip(exact, (factor, size) => (float)(factor ?? size))];
            return graph.Emit("Resize", [x, null, graph.Floats(scales)], x.DType, call.Shape, attributes);
        }
        return graph.Emit("Resize", [x, null, null, graph.Shape(call.Shape)], x.DType, call.Shape, attributes);
    }

    // Either a list of factors, or one argument a dimension.
    private static double?[] Factors(OperatorCall call, int spatial, int at) => call.IsList(at)
        ? call.Numbers(at)!
        : [.. Enumerable.Range(at, spatial).Select(k => call[k] as double?)];

    private static OnnxValue GridSample(OperatorCall call)
    {
        string mode = call.Long(2) switch { 0 => "bilinear", 1 => "nearest", _ => "bicubic" };
        string padding = call.Long(3) switch { 0 => "zeros", 1 => "border", _ => "reflection" };
        if (call.Value(0).Rank != 4)
            throw call.Fail("opset 17 reads images alone, not volumes");
        return call.Graph.Emit(
            "GridSample", [call.Value(0), call.Value(1)], call.DType, call.Shape,
            ("mode", mode), ("padding_mode", padding), ("align_corners", call.Flag(4) ? 1L : 0L));
    }
}
