using Retort.Torch;

namespace Retort.Export.Onnx;

/// <summary>Arithmetic element by element, with PyTorch's rules for mixed types and PyTorch's scale arguments.</summary>
internal static class ArithmeticLowerings
{
    public static void Register(LoweringTable table)
    {
        foreach ((string name, string op) in new[]
        {
            ("neg", "Neg"), ("abs", "Abs"), ("sqrt", "Sqrt"), ("exp", "Exp"), ("log", "Log"), ("reciprocal", "Reciprocal"),
            ("erf", "Erf"), ("sign", "Sign"), ("floor", "Floor"), ("ceil", "Ceil"), ("sin", "Sin"),
            ("cos", "Cos"), ("tan", "Tan"), ("asin", "Asin"), ("acos", "Acos"), ("atan", "Atan"), ("sinh", "Sinh"),
            ("cosh", "Cosh"), ("asinh", "Asinh"), ("acosh", "Acosh"), ("atanh", "Atanh"),
        })
            table.Add($"aten::{name}", c => c.Graph.Map(op, c.Promoted(0)));
        table.Add("aten::round", c => c.Long(1, 0) == 0
            ? c.Graph.Map("Round", c.Promoted(0))
            : throw c.Fail("it rounds to a number of decimals"));
        table.Add("aten::add", c => Numbers(c, (a, b) => a + b) is { } size ? size : (object)Scaled(c, "Add"));
        table.Add("aten::sub", c => Numbers(c, (a, b) => a - b) is { } size ? size : (object)Scaled(c, "Sub"));
        table.Add("aten::rsub", c => c.Graph.Zip("Sub", c.Promoted(1), Times(c, c.Promoted(0), 2)));
        table.Add("aten::mul", c => Numbers(c, (a, b) => a * b) is { } size ? size : (object)Zip(c, "Mul"));
        table.Add(["aten::div", "aten::true_divide"], Div);
        table.Add("aten::floor_divide", c =>
            Numbers(c, (a, b) => a / b) is { } size ? size : (object)FloorDivide(c, c.Promoted(0), c.Promoted(1)));
        table.Add("aten::remainder", Remainder);
        table.Add("aten::fmod", c => c.Graph.Emit("Mod", [c.Promoted(0), c.Promoted(1)], c.DType, c.Shape, ("fmod", 1L)));
        table.Add("aten::pow", Pow);
        table.Add("aten::square", c => c.Graph.Zip("Mul", c.Value(0), c.Value(0)));
        table.Add("aten::rsqrt", c => c.Graph.Map("Reciprocal", c.Graph.Map("Sqrt", c.Promoted(0))));
        table.Add("aten::log1p", c => c.Graph.Map("Log", c.Graph.Zip("Add", c.Promoted(0), 1)));
        table.Add("aten::expm1", c => c.Graph.Zip("Sub", c.Graph.Map("Exp", c.Promoted(0)), 1));
        table.Add("aten::exp2", c => c.Graph.Map("Exp", c.Graph.Zip("Mul", c.Promoted(0), Math.Log(2))));
        table.Add("aten::log2", c => c.Graph.Zip("Div", c.Graph.Map("Log", c.Promoted(0)), Math.Log(2)));
        table.Add("aten::log10", c => c.Graph.Zip("Div", c.Graph.Map("Log", c.Promoted(0)), Math.Log(10)));
        table.Add(["aten::maximum", "aten::fmax"], c => Zip(c, "Max"));
        table.Add(["aten::minimum", "aten::fmin"], c => Zip(c, "Min"));
        table.Add("aten::addcmul", c => Added(c, "Mul"));
        table.Add("aten::addcdiv", c => Added(c, "Div"));
        table.Add("aten::lerp", c => c.Graph.Zip(
            "Add", c.Promoted(0), c.Graph.Zip("Mul", c.Graph.Zip("Sub", c.Promoted(1), c.Promoted(0)), c.Promoted(2))));
    }

    /// <summary>Arithmetic on numbers that tracing took from shapes; null where an argument is a tensor.</summary>
    private static Extent? Numbers(OperatorCall call, Func<Extent, Extent, Extent> compute) =>
        call[0] is Extent a && call[1] is Extent b ? compute(a, b) : null;

    private static OnnxValue Zip(OperatorCall call, string op) => call.Graph.Zip(op, call.Promoted(0), call.Promoted(1));

    private static OnnxValue Times(OperatorCall call, OnnxValue x, int factor) =>
        call[factor] is null or 1.0 or Extent { IsOne: true } ? x : call.Graph.Zip("Mul", x, call.Operand(factor, x.DType));

    private static OnnxValue Scaled(OperatorCall call, string op)
    {
        // Booleans add as a logical or; ONNX adds no booleans.
        if (call.DType == DType.Bool)
            return call.Graph.Zip("Or", call.Promoted(0), call.Promoted(1));
        return call.Graph.Zip(op, call.Promoted(0), Times(call, call.Promoted(1), 2));
    }

    private static OnnxValue Added(OperatorCall call, string op) => call.Graph.Zip(
        "Add", call.Promoted(0), Times(call, call.Graph.Zip(op, call.Promoted(1), call.Promoted(2)), 3));

    private static OnnxValue Div(OperatorCall call)
    {
        OnnxValue a = call.Promoted(0), b = call.Promoted(1);
        return call.Text(2, string.Empty) switch
        {
            "floor" => FloorDivide(call, a, b),
            "trunc" when a.DType.IsFloatingPoint() => Truncate(call.Graph, call.Graph.Zip("Div", a, b)),
            _ => call.Graph.Zip("Div", a, b),
        };
    }

    private static OnnxValue Truncate(GraphBuilder graph, OnnxValue x) =>
        graph.Zip("Mul", graph.Map("Floor", graph.Map("Abs", x)), graph.Map("Sign", x));

    private static OnnxValue FloorDivide(OperatorCall call, OnnxValue a, OnnxValue b)
    {
        GraphBuilder graph = call.Graph;
        return a.DType.IsFloatingPoint()
            ? graph.Map("Floor", graph.Zip("Div", a, b))
            : graph.Zip("Div", graph.Zip("Sub", a, graph.Zip("Mod", a, b)), b);
    }

    private static OnnxValue Remainder(OperatorCall call)
    {
        GraphBuilder graph = call.Graph;
        OnnxValue a = call.Promoted(0), b = call.Promoted(1);
        return a.DType.IsFloatingPoint()
            ? graph.Zip("Sub", a, graph.Zip("Mul", graph.Map("Floor", graph.Zip("Div", a, b)), b))
            : graph.Zip("Mod", a, b);
    }

    private static OnnxValue Pow(OperatorCall call)
    {
        OnnxValue x = call.Promoted(0);
        if (!call.IsTensor(1) && x.DType.IsFloatingPoint())
        {
            switch (call.Number(1))
            {
                case 2: return call.Graph.Zip("Mul", x, x);
                case 0.5: return call.Graph.Map("Sqrt", x);
                case -0.5: return call.Graph.Map("Reciprocal", call.Graph.Map("Sqrt", x));
                case -1: return call.Graph.Map("Reciprocal", x);
            }
        }
        return call.Graph.Zip("Pow", x, call.Promoted(1));
    }
}
