using Retort.Torch;

namespace Retort.Export;

/// <summary>Counts multiply-accumulate operations in a traced forward.</summary>
/// <remarks>
/// Counted are convolutions, matrix products, attention and recurrent layers, as papers count them; biases, normalisations,
/// activations and poolings are left out.
/// </remarks>
internal static class MacCounter
{
    /// <summary>The multiply-accumulate operations of the forward, for the batch that was traced.</summary>
    public static long Count(TracedGraph graph)
    {
        var values = new Dictionary<int, TracedValue>();
        var constants = new Dictionary<int, object?>();
        var lists = new Dictionary<int, IReadOnlyList<int>>();
        foreach (TracedValue input in graph.Inputs)
            values[input.Id] = input;
        long macs = 0;
        foreach (TracedNode node in graph.Nodes)
        {
            foreach (TracedValue output in node.Outputs)
                values[output.Id] = output;
            if (node.Op == "prim::Constant")
                constants[node.Outputs[0].Id] = node.Constant;
            else if (node.Op == "prim::ListConstruct")
                lists[node.Outputs[0].Id] = node.Inputs;
            else
                macs = checked(macs + Of(new Call(node, values, constants, lists)));
        }
        return macs;
    }

    private static long Of(Call call) => call.Op switch
    {
        "aten::_convolution" or "aten::convolution" => Convolution(call, transposed: call.Constant(6) is true),
        "aten::conv_transpose1d" or "aten::conv_transpose2d" or "aten::conv_transpose3d" => Convolution(call, transposed: true),
        "aten::_convolution_mode" or "aten::conv1d" or "aten::conv2d" or "aten::conv3d" => Convolution(call, transposed: false),
        "aten::linear" => Product(call.Result) * call.Shape(1)[^1],
        "aten::matmul" or "aten::mm" or "aten::bmm" or "aten::mv" or "aten::dot" => Product(call.Result) * call.Shape(0)[^1],
        "aten::addmm" or "aten::baddbmm" or "aten::addmv" => Product(call.Result) * call.Shape(1)[^1],
        "aten::addbmm" => Product(call.Shape(1)) * call.Shape(2)[^1],
        "aten::einsum" => Einsum(call),
        "aten::_scaled_dot_product_attention" or "aten::scaled_dot_product_attention" =>
            (Product(call.Shape(0)) + Product(call.Result)) * call.Shape(1)[^2],
        "aten::lstm" or "aten::gru" or "aten::rnn_tanh" or "aten::rnn_relu" => Recurrent(call),
        _ => 0,
    };

    // Each output of a convolution, or each input of a transposed one, meets one filter: the weight's sizes but the first.
    private static long Convolution(Call call, bool transposed) =>
        Product(transposed ? call.Shape(0) : call.Result) * Product(call.Shape(1).Skip(1));

    // Every combination of the letters' values is one multiplication.
    private static long Einsum(Call call)
    {
        if (call.Constant(0) is not string equation || equation.Contains("...", StringComparison.Ordinal))
            return 0;
        string[] terms = equation.Replace(" ", "", StringComparison.Ordinal).Split("->")[0].Split(',');
        var sizes = new Dictionary<char, long>();
        foreach ((string term, IReadOnlyList<long> shape) in terms.Zip(call.List(1)))
        {
            foreach ((char letter, long size) in term.Zip(shape))
                sizes[letter] = size;
        }
        return terms.Length < 2 ? 0 : Product(sizes.Values);
    }

    // Every position of every sample meets every weight matrix once.
    private static long Recurrent(Call call) =>
        call.Shape(0)[0] * call.Shape(0)[1] * call.List(2).Where(w => w.Count == 2).Sum(Product);

    private static long Product(IEnumerable<long> sizes) => sizes.Aggregate(1L, (product, size) => checked(product * size));

    private sealed record Call(
        TracedNode Node, Dictionary<int, TracedValue> Values, Dictionary<int, object?> Constants,
        Dictionary<int, IReadOnlyList<int>> Lists)
    {
        public string Op => Node.Op;

        public IReadOnlyList<long> Result => Require(Node.Outputs[0]);

        public IReadOnlyList<long> Shape(int argument) => Require(Values[Node.Inputs[argument]]);

        public object? Constant(int argument) => Constants.GetValueOrDefault(Node.Inputs[argument]);

        public IEnumerable<IReadOnlyList<long>> List(int argument) =>
            Lists[Node.Inputs[argument]].Select(id => Require(Values[id]));

        private IReadOnlyList<long> Require(TracedValue value) =>
            value.Shape ?? throw new ExportException(
                $"The trace of '{Node.Op}' has no shapes, so its operations cannot be counted.");
    }
}
