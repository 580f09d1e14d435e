using Retort.Torch;

namespace Retort.Export.Onnx;

/// <summary>Matrix products, sums of products, and attention.</summary>
internal static class ProductLowerings
{
    public static void Register(LoweringTable table)
    {
        table.Add(["aten::matmul", "aten::mm", "aten::bmm", "aten::mv", "aten::dot", "aten::linalg_matmul"],
            c => c.Graph.MatMul(c.Promoted(0), c.Promoted(1)));
        table.Add("aten::linear", Linear);
        table.Add(["aten::addmm", "aten::baddbmm", "aten::addmv", "aten::addbmm"], AddProduct);
        table.Add("aten::outer", c => c.Graph.Zip(
            "Mul", c.Graph.Unsqueeze(c.Promoted(0), 1), c.Graph.Unsqueeze(c.Promoted(1), 0)));
        table.Add("aten::einsum", c => c.Graph.Emit(
            "Einsum", c.Tensors(1), c.DType, c.Shape,
            ("equation", c.Text(0, string.Empty).Replace(" ", "", StringComparison.Ordinal))));
        // (query, key, value, mask, dropout, need_weights, causal) → (output, weights)
        table.Add("aten::_scaled_dot_product_attention", c =>
        {
            (OnnxValue output, OnnxValue weights) = Attention(c, c.Flag(6), null);
            return new object?[] { output, c.Flag(5) ? weights : OperatorCall.Undefined };
        });
        // (query, key, value, mask, dropout, causal, scale)
        table.Add("aten::scaled_dot_product_attention", c =>
            Attention(c, c.Flag(5), c.Has(6) ? c.Number(6) : null).Output);
    }

    private static OnnxValue Linear(OperatorCall call)
    {
        GraphBuilder graph = call.Graph;
        OnnxValue x = call.Value(0), weight = call.Value(1);
        OnnxValue? bias = call.OptionalTensor(2);
        if (x.Rank == 2 && weight.Rank == 2)
            return graph.Emit("Gemm", [x, weight, bias], x.DType, call.Shape, ("transB", 1L));
        OnnxValue product = graph.MatMul(x, weight.Rank == 2 ? graph.Swap(weight, 0, 1) : weight);
        return bias is null ? product : graph.Zip("Add", product, bias);
    }

    // beta · self + alpha · (a @ b)
    private static OnnxValue AddProduct(OperatorCall call)
    {
        GraphBuilder graph = call.Graph;
        double beta = call.Number(3, 1), alpha = call.Number(4, 1);
        OnnxValue added = call.Promoted(0), product = graph.MatMul(call.Promoted(1), call.Promoted(2));
        if (call.Op == "aten::addbmm")
            product = graph.Reduce("ReduceSum", product, [0], keep: false);
        if (alpha != 1)
            product = graph.Zip("Mul", product, alpha);
        if (beta == 0)
            return product;
        return graph.Zip("Add", beta == 1 ? added : graph.Zip("Mul", added, beta), product);
    }

    private static (OnnxValue Output, OnnxValue Weights) Attention(OperatorCall call, bool causal, double? scale)
    {
        GraphBuilder graph = call.Graph;
        OnnxValue query = call.Value(0), key = call.Value(1), value = call.Value(2);
        if (call.Number(4, 0) > 0)
            throw call.Fail("it drops at random, which evaluation does not do");
        double factor = scale ?? 1 / Math.Sqrt(call.Constant(query.Shape[^1]));
        OnnxValue scores = graph.MatMul(graph.Zip("Mul", query, factor), graph.Swap(key, key.Rank - 2, key.Rank - 1));
        if (causal)
        {
            using var scope = new TensorScope();
            long positions = call.Constant(query.Shape[^2]), held = call.Constant(key.Shape[^2]);
            scores = Masked(graph, scores, graph.Literal(Tensor.Ones(DType.Int64, positions, held).Tril().To(DType.Bool)));
        }
        if (call.OptionalTensor(3) is { } mask)
            scores = mask.DType == DType.Bool ? Masked(graph, scores, mask) : graph.Zip("Add", scores, mask);
        OnnxValue weights = graph.Map("Softmax", scores, ("axis", -1L));
        return (graph.MatMul(weights, value), weights);
    }

    private static OnnxValue Masked(GraphBuilder graph, OnnxValue scores, OnnxValue seen) => graph.Emit(
        "Where", [seen, scores, graph.Scalar(double.NegativeInfinity, scores.DType)], scores.DType, scores.Shape);
}
