using Retort.Torch;

namespace Retort.Export.Onnx;

/// <summary>Comparisons, logic and choices.</summary>
internal static class ComparisonLowerings
{
    public static void Register(LoweringTable table)
    {
        foreach ((string name, string op) in new[]
        {
            ("eq", "Equal"), ("lt", "Less"), ("le", "LessOrEqual"), ("gt", "Greater"), ("ge", "GreaterOrEqual"),
        })
            table.Add($"aten::{name}", c => Compare(c, op));
        table.Add("aten::ne", c => c.Graph.Map("Not", Compare(c, "Equal")));
        foreach ((string name, string op) in new[] { ("and", "And"), ("or", "Or"), ("xor", "Xor") })
        {
            table.Add($"aten::logical_{name}", c => c.Graph.Zip(op, c.Operand(0, DType.Bool), c.Operand(1, DType.Bool)));
            table.Add([$"aten::bitwise_{name}", $"aten::__{name}__"], c => c.DType == DType.Bool
                ? c.Graph.Zip(op, c.Promoted(0), c.Promoted(1))
                : throw c.Fail("opset 17 has it for booleans alone"));
        }
        table.Add("aten::logical_not", c => c.Graph.Map("Not", c.Operand(0, DType.Bool)));
        table.Add("aten::bitwise_not", c => c.DType == DType.Bool
            ? c.Graph.Map("Not", c.Value(0))
            : throw c.Fail("opset 17 has it for booleans alone"));
        table.Add("aten::isnan", c => c.Graph.Emit("IsNaN", [c.Value(0)], DType.Bool, c.Value(0).Shape));
        table.Add("aten::isinf", c => c.Graph.Emit("IsInf", [c.Value(0)], DType.Bool, c.Value(0).Shape));
        table.Add("aten::isfinite", c => c.Graph.Map("Not", c.Graph.Zip(
            "Or", c.Graph.Emit("IsNaN", [c.Value(0)], DType.Bool, c.Shape),
            c.Graph.Emit("IsInf", [c.Value(0)], DType.Bool, c.Shape))));
        table.Add("aten::where", c => c.Count == 3
            ? Choose(c, c.Operand(0, DType.Bool), c.Promoted(1), c.Promoted(2))
            : throw c.Fail("without alternatives its result has a size that depends on values"));
        table.Add("aten::masked_fill", c => Choose(c, c.Operand(1, DType.Bool), c.Promoted(2), c.Promoted(0)));
    }

    private static OnnxValue Choose(OperatorCall call, OnnxValue condition, OnnxValue yes, OnnxValue no) =>
        call.Graph.Emit("Where", [condition, yes, no], call.DType, call.Shape);

    private static OnnxValue Compare(OperatorCall call, string op)
    {
        DType type = Common(call);
        // Runtimes compare booleans for equality at most.
        if (type == DType.Bool)
            type = DType.Int32;
        return call.Graph.Zip(op, call.Operand(0, type), call.Operand(1, type), DType.Bool);
    }

    // A tensor decides over a plain number or a scalar of its own kind; otherwise the later kind and the wider type win.
    private static DType Common(OperatorCall call)
    {
        OnnxValue left = call.Value(0);
        if (!call.IsTensor(1))
        {
            bool toFloat = call[1] is double && !left.DType.IsFloatingPoint();
            return toFloat ? DType.Float32 : left.DType == DType.Bool ? DType.Int64 : left.DType;
        }
        OnnxValue right = call.Value(1);
        int leftRank = Rank(left.DType), rightRank = Rank(right.DType);
        if (Kind(left.DType) == Kind(right.DType) && (left.Rank == 0) != (right.Rank == 0))
            return left.Rank == 0 ? right.DType : left.DType;
        return leftRank >= rightRank ? left.DType : right.DType;
    }

    private static int Kind(DType type) => type == DType.Bool ? 0 : type.IsFloatingPoint() ? 2 : 1;

    private static int Rank(DType type) => 100 * Kind(type) + type.Size();
}
