using Retort.Torch;

namespace Retort.Export.Onnx;

/// <summary>Activation functions. Opset 17 has no GELU or SiLU, so these are composed.</summary>
internal static class ActivationLowerings
{
    public static void Register(LoweringTable table)
    {
        foreach ((string name, string op) in new[]
        {
            ("relu", "Relu"), ("sigmoid", "Sigmoid"), ("tanh", "Tanh"), ("hardswish", "HardSwish"), ("softsign", "Softsign"),
        })
            table.Add($"aten::{name}", c => c.Graph.Map(op, c.Value(0)));
        table.Add("aten::relu6", c => Clip(c, c.Value(0), 0, 6));
        table.Add("aten::hardtanh", c => Clip(c, c.Value(0), c.Number(1, -1), c.Number(2, 1)));
        table.Add("aten::hardsigmoid", c => c.Graph.Map("HardSigmoid", c.Value(0), ("alpha", 1f / 6), ("beta", 0.5f)));
        table.Add("aten::leaky_relu", c => c.Graph.Map("LeakyRelu", c.Value(0), ("alpha", (float)c.Number(1, 0.01))));
        table.Add("aten::elu", Elu);
        table.Add("aten::celu", c => c.Graph.Map("Celu", c.Value(0), ("alpha", (float)c.Number(1, 1))));
        table.Add("aten::selu", c => c.Graph.Map("Selu", c.Value(0)));
        table.Add("aten::softplus", Softplus);
        table.Add("aten::log_sigmoid", c => c.Graph.Map("Neg", c.Graph.Map("Softplus", c.Graph.Map("Neg", c.Value(0)))));
        table.Add("aten::prelu", PRelu);
        table.Add("aten::gelu", Gelu);
        table.Add("aten::silu", c => c.Graph.Zip("Mul", c.Value(0), c.Graph.Map("Sigmoid", c.Value(0))));
        table.Add("aten::mish", c =>
            c.Graph.Zip("Mul", c.Value(0), c.Graph.Map("Tanh", c.Graph.Map("Softplus", c.Value(0)))));
        table.Add("aten::glu", Glu);
        table.Add("aten::threshold", c => c.Graph.Emit(
            "Where", [c.Graph.Zip("Greater", c.Value(0), c.Number(1), DType.Bool), c.Value(0), c.Promoted(2)],
            c.DType, c.Shape));
        table.Add(["aten::clamp", "aten::clip"], c => Clamp(c, 1, 2));
        table.Add(["aten::clamp_min"], c => Clamp(c, 1, -1));
        table.Add(["aten::clamp_max"], c => Clamp(c, -1, 1));
        table.Add("aten::softmax", c => Softmax(c, "Softmax"));
        table.Add("aten::_softmax", c => Softmax(c, "Softmax"));
        table.Add("aten::log_softmax", c => Softmax(c, "LogSoftmax"));
        table.Add("aten::_log_softmax", c => Softmax(c, "LogSoftmax"));
        table.Add(
            ["aten::dropout", "aten::feature_dropout", "aten::alpha_dropout", "aten::feature_alpha_dropout"],
            c => c.Flag(2) && c.Number(1) > 0 ? throw c.Fail("it drops at random, which evaluation does not do") : c.Value(0));
    }

    private static OnnxValue Clip(OperatorCall call, OnnxValue x, double? least, double? most) => call.Graph.Emit(
        "Clip",
        [
            x, least is { } low ? call.Graph.Scalar(low, x.DType) : null,
            most is { } high ? call.Graph.Scalar(high, x.DType) : null,
        ],
        x.DType, x.Shape);

    private static OnnxValue Clamp(OperatorCall call, int least, int most)
    {
        OnnxValue x = call.Promoted(0);
        bool low = least > 0 && call.Has(least), high = most > 0 && call.Has(most);
        if ((low && call.IsTensor(least)) || (high && call.IsTensor(most)))
        {
            x = low ? call.Graph.Zip("Max", x, call.Promoted(least)) : x;
            return high ? call.Graph.Zip("Min", x, call.Promoted(most)) : x;
        }
        return Clip(call, x, low ? call.Number(least) : null, high ? call.Number(most) : null);
    }

    private static OnnxValue Elu(OperatorCall call)
    {
        if (call.Number(2, 1) != 1 || call.Number(3, 1) != 1)
            throw call.Fail("its scale or input scale is not 1");
        return call.Graph.Map("Elu", call.Value(0), ("alpha", (float)call.Number(1, 1)));
    }

    // PyTorch passes large inputs through unchanged; beyond its threshold the two differ by less than float32 shows.
    private static OnnxValue Softplus(OperatorCall call)
    {
        double beta = call.Number(1, 1);
        GraphBuilder graph = call.Graph;
        if (beta == 1)
            return graph.Map("Softplus", call.Value(0));
        return graph.Zip("Div", graph.Map("Softplus", graph.Zip("Mul", call.Value(0), beta)), beta);
    }

    private static OnnxValue PRelu(OperatorCall call)
    {
        OnnxValue x = call.Value(0), slope = call.Value(1);
        if (x.Rank > 2 && !slope.Shape.All(s => s.IsOne))
            slope = call.Graph.Reshape(slope, [slope.Shape[0], .. Enumerable.Repeat((Extent)1, x.Rank - 2)]);
        return call.Graph.Emit("PRelu", [x, slope], x.DType, x.Shape);
    }

    private static OnnxValue Gelu(OperatorCall call)
    {
        GraphBuilder graph = call.Graph;
        OnnxValue x = call.Value(0), inner;
        if (call.Text(1, "none") == "tanh")
        {
            OnnxValue cube = graph.Zip("Mul", graph.Zip("Mul", x, x), x);
            OnnxValue sum = graph.Zip("Add", x, graph.Zip("Mul", cube, 0.044715));
            inner = graph.Map("Tanh", graph.Zip("Mul", sum, Math.Sqrt(2 / Math.PI)));
        }
        else
        {
            inner = graph.Map("Erf", graph.Zip("Div", x, Math.Sqrt(2)));
        }
        return graph.Zip("Mul", graph.Zip("Mul", x, graph.Zip("Add", inner, 1)), 0.5);
    }

    private static OnnxValue Glu(OperatorCall call)
    {
        OnnxValue x = call.Value(0);
        int axis = x.Axis(call.Long(1, -1));
        OnnxValue[] halves = call.Graph.Split(x, axis, [x.Shape[axis] / 2, x.Shape[axis] / 2]);
        return call.Graph.Zip("Mul", halves[0], call.Graph.Map("Sigmoid", halves[1]));
    }

    private static OnnxValue Softmax(OperatorCall call, string op)
    {
        OnnxValue x = call.Promoted(0);
        if (x.Rank == 0)
            throw call.Fail("it is applied to a scalar");
        return call.Graph.Map(op, x, ("axis", (long)x.Axis(call.Long(1))));
    }
}
