using Retort.Torch;

namespace Retort.Export.Onnx;

/// <summary>TorchScript's own operators: lists, tuples, and numbers read from shapes.</summary>
internal static class GraphLowerings
{
    public static void Register(LoweringTable table)
    {
        table.Add(["prim::ListConstruct", "prim::TupleConstruct"], c => Enumerable.Range(0, c.Count).Select(k => c[k]).ToArray());
        table.Add(["prim::ListUnpack", "prim::TupleUnpack"], Unpack);
        table.Add(["prim::NumToTensor", "aten::Int", "aten::ScalarImplicit", "aten::IntImplicit", "aten::item"], Number);
        table.Add("aten::Float", c => c[0] is Extent number ? (double)c.Constant(number) : Number(c));
        table.Add("aten::size", c =>
        {
            IReadOnlyList<Extent> shape = c.Value(0).Shape;
            return c.Has(1) ? shape[c.Value(0).Axis(c.Long(1))] : shape.Select(size => (object?)size).ToArray();
        });
        table.Add("aten::dim", c => (Extent)c.Value(0).Rank);
        table.Add("aten::numel", c => c.Value(0).Shape.Aggregate((Extent)1, (product, size) => product * size));
        table.Add("prim::dtype", c => (Extent)(long)c.Value(0).DType);
        table.Add("prim::device", _ => "cpu");
    }

    private static object?[] Unpack(OperatorCall call)
    {
        if (call[0] is not object?[] list || list.Length != call.Results)
            throw call.Fail($"it unpacks {call.Results} values from something else");
        return list;
    }

    private static object? Number(OperatorCall call) => call[0] switch
    {
        Extent or double or bool => call[0],
        Tensor { NumElements: 1 } constant when !constant.DType.IsFloatingPoint() => (Extent)constant.ToInt64(),
        Tensor { NumElements: 1 } constant => constant.ToDouble(),
        _ => throw call.Fail("it reads a number from a tensor, and tracing froze what was done with it"),
    };
}
