namespace Retort.Export.Onnx;

/// <summary>Padding with a number, by mirroring, by repeating the border, and around.</summary>
internal static class PaddingLowerings
{
    public static void Register(LoweringTable table)
    {
        table.Add("aten::pad", c => Pad(c, c.Text(2, "constant"), c.Has(3) ? 3 : -1));
        table.Add("aten::constant_pad_nd", c => Pad(c, "constant", c.Has(2) ? 2 : -1));
        for (int spatial = 1; spatial <= 3; spatial++)
        {
            table.Add($"aten::reflection_pad{spatial}d", c => Pad(c, "reflect", -1));
            table.Add($"aten::replication_pad{spatial}d", c => Pad(c, "replicate", -1));
        }
        table.Add("aten::_pad_circular", c => Pad(c, "circular", -1));
        table.Add("aten::_pad_enum", c => Pad(
            c, c.Long(2) switch { 0 => "constant", 1 => "reflect", 2 => "replicate", _ => "circular" }, c.Has(3) ? 3 : -1));
    }

    private static OnnxValue Pad(OperatorCall call, string mode, int value)
    {
        GraphBuilder graph = call.Graph;
        OnnxValue x = call.Value(0);
        // PyTorch lists pairs from the last dimension on.
        Extent[] pairs = call.Ints(1);
        var before = new Extent[x.Rank];
        var after = new Extent[x.Rank];
        for (int k = 0; k < x.Rank; k++)
        {
            int place = 2 * (x.Rank - 1 - k);
            (before[k], after[k]) = place < pairs.Length ? (pairs[place], pairs[place + 1]) : (0, 0);
        }
        if (mode == "circular")
            return Around(call, x, before, after);
        string named = mode switch
        {
            "constant" => "constant",
            "reflect" => "reflect",
            "replicate" => "edge",
            _ => throw call.Fail($"its mode is '{mode}'"),
        };
        OnnxValue? filling = named != "constant" ? null : value < 0 ? graph.Scalar(0, x.DType) : call.Operand(value, x.DType);
        return graph.Emit("Pad", [x, graph.Shape([.. before, .. after]), filling], x.DType, call.Shape, ("mode", named));
    }

    private static OnnxValue Around(OperatorCall call, OnnxValue x, Extent[] before, Extent[] after)
    {
        for (int axis = 0; axis < x.Rank; axis++)
        {
            long front = call.Constant(before[axis]), back = call.Constant(after[axis]);
            if (front == 0 && back == 0)
                continue;
            long size = call.Constant(x.Shape[axis]);
            if (front < 0 || back < 0)
                throw call.Fail("it cuts off with a circular mode");
            var parts = new List<OnnxValue>();
            if (front > 0)
                parts.Add(call.Graph.Slice(x, axis, size - front, size));
            parts.Add(x);
            if (back > 0)
                parts.Add(call.Graph.Slice(x, axis, 0, back));
            x = call.Graph.Concat(parts, axis);
        }
        return x;
    }
}
