namespace Retort.Export.Onnx;

/// <summary>Recurrent layers, as ONNX's own operators: one node a layer, both directions in it.</summary>
internal static class RecurrentLowerings
{
    public static void Register(LoweringTable table)
    {
        // PyTorch's gates are input, forget, cell, output; ONNX's are input, output, forget, cell.
        table.Add("aten::lstm", c => Run(c, new Kind("LSTM", [0, 3, 1, 2], States: 2)));
        // reset, update, new; update, reset, hidden. PyTorch multiplies the reset in after the recurrent product.
        table.Add("aten::gru", c => Run(c, new Kind("GRU", [1, 0, 2], States: 1) { Attributes = [("linear_before_reset", 1L)] }));
        foreach (string function in new[] { "Tanh", "Relu" })
        {
            var kind = new Kind("RNN", [0], States: 1) { Function = function };
            table.Add($"aten::rnn_{function.ToLowerInvariant()}", c => Run(c, kind));
        }
    }

    // (input, states, weights, has_biases, layers, dropout, train, bidirectional, batch_first)
    private static object?[] Run(OperatorCall call, Kind kind)
    {
        GraphBuilder graph = call.Graph;
        OnnxValue[] states = call.IsList(1) ? call.Tensors(1) : [call.Value(1)];
        if (!call.IsList(2) || states.Length != kind.States)
            throw call.Fail("it runs over packed sequences");
        OnnxValue[] weights = call.Tensors(2);
        bool biases = call.Flag(3), batchFirst = call.Flag(8);
        int layers = (int)call.Long(4), directions = call.Flag(7) ? 2 : 1;
        int each = biases ? 4 : 2;
        if (call.Flag(6) && call.Number(5) > 0)
            throw call.Fail("it drops at random between its layers, which evaluation does not do");
        if (weights.Length != layers * directions * each)
            throw call.Fail("its states are projected, which ONNX does not have");

        OnnxValue x = call.Value(0);
        if (x.Rank != 3)
            throw call.Fail("its input must have a batch dimension");
        if (batchFirst)
            x = graph.Swap(x, 0, 1);   // [T, N, width]
        Extent hidden = states[0].Shape[^1];
        var finals = new List<OnnxValue>[kind.States];
        for (int k = 0; k < finals.Length; k++)
            finals[k] = [];
        for (int layer = 0; layer < layers; layer++)
        {
            OnnxValue[][] perDirection = [.. Enumerable.Range(0, directions).Select(direction =>
                weights.Skip((layer * directions + direction) * each).Take(each).ToArray())];
            OnnxValue Gather(int which) => Stack(graph, perDirection, d => Reorder(graph, d[which], kind, hidden));
            OnnxValue? bias = biases
                ? Stack(graph, perDirection, d => graph.Concat([.. d.Skip(2).Select(b => Reorder(graph, b, kind, hidden))], 0))
                : null;
            OnnxValue[] initial = [.. states.Select(s => graph.Slice(s, 0, layer * directions, (layer + 1) * directions))];
            Extent time = x.Shape[0], batch = x.Shape[1];
            List<(string, object)> attributes =
            [
                ("hidden_size", call.Constant(hidden)), ("direction", directions == 2 ? "bidirectional" : "forward"),
                .. kind.Attributes,
            ];
            if (kind.Function is { } function)
                attributes.Add(("activations", Enumerable.Repeat(function, directions).ToArray()));
            (Torch.DType, IReadOnlyList<Extent>)[] results =
            [
                (x.DType, [time, directions, batch, hidden]),
                .. Enumerable.Repeat((x.DType, (IReadOnlyList<Extent>)[directions, batch, hidden]), kind.States),
            ];
            OnnxValue[] outputs = graph.EmitMany(
                kind.Op, [x, Gather(0), Gather(1), bias, null, .. initial], results, [.. attributes]);
            x = graph.Reshape(graph.Swap(outputs[0], 1, 2), [time, batch, directions * hidden]);
            for (int k = 0; k < kind.States; k++)
                finals[k].Add(outputs[k + 1]);
        }
        return [batchFirst ? graph.Swap(x, 0, 1) : x, .. finals.Select(parts => graph.Concat(parts, 0))];
    }

    private static OnnxValue Reorder(GraphBuilder graph, OnnxValue weight, Kind kind, Extent hidden)
    {
        OnnxValue[] gates = graph.Split(weight, 0, [.. Enumerable.Repeat(hidden, kind.Gates.Length)]);
        return graph.Concat([.. kind.Gates.Select(gate => gates[gate])], 0);
    }

    private static OnnxValue Stack(GraphBuilder graph, OnnxValue[][] perDirection, Func<OnnxValue[], OnnxValue> choose) =>
        graph.Concat([.. perDirection.Select(d => graph.Unsqueeze(choose(d), 0))], 0);

    private sealed record Kind(string Op, int[] Gates, int States)
    {
        public (string, object)[] Attributes { get; init; } = [];

        public string? Function { get; init; }
    }
}
