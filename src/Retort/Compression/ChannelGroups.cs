using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Compression;

/// <summary>Finds which axes of a network's tensors count the same channels, by following them through its traced
/// forward.</summary>
/// <remarks>So layers whose outputs are added have one set of channels, and what reads a channel loses it together with what
/// makes it. Networks of convolutions, linear layers on vectors, batch norms, activations, poolings
/// and sums are understood.</remarks>
internal sealed class ChannelGroups
{
    // One value in, one value out, channels where they were.
    private static readonly HashSet<string> PerChannel =
    [
        "aten::relu", "aten::relu_", "aten::hardtanh", "aten::hardtanh_", "aten::relu6", "aten::leaky_relu", "aten::elu",
        "aten::gelu", "aten::silu", "aten::sigmoid", "aten::tanh", "aten::hardswish", "aten::hardsigmoid", "aten::softplus",
        "aten::dropout", "aten::feature_dropout", "aten::max_pool2d", "aten::avg_pool2d", "aten::adaptive_avg_pool2d",
        "aten::_adaptive_avg_pool2d", "aten::adaptive_max_pool2d", "aten::max_pool1d", "aten::avg_pool1d",
        "aten::adaptive_avg_pool1d", "aten::contiguous", "aten::mean", "aten::flatten", "aten::reshape", "aten::view",
        "aten::squeeze", "aten::clone", "aten::max_pool2d_with_indices",
    ];

    private static readonly HashSet<string> Joining =
        ["aten::add", "aten::add_", "aten::sub", "aten::mul", "aten::mul_", "aten::div"];

    private readonly IReadOnlyDictionary<string, Tensor> _state;
    private readonly TracedGraph _graph;
    private readonly Dictionary<int, TracedValue> _values = [];
    private readonly Dictionary<int, object?> _constants = [];
    private readonly Dictionary<int, string> _names = [];
    private readonly HashSet<int> _transposed = [];
    private readonly Dictionary<int, Flow> _flows = [];
    private readonly List<Draft> _drafts = [];

    private ChannelGroups(Module network, TracedGraph graph)
    {
        _state = network.StateDict();
        _graph = graph;
    }

    /// <summary>Follows the channels of a network.</summary>
    /// <param name="network">The network; it is traced in evaluation mode, and back in its own afterwards.</param>
    /// <param name="example">An input, [N, C, …].</param>
    /// <returns>Groups in the order in which the network computes, the input's first.</returns>
    /// <exception cref="ArgumentException">The network does something with channels that is not understood; the message names
    /// it.</exception>
    public static IReadOnlyList<ChannelGroup> Of(Module network, Tensor example)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(example);
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        bool training = network.Training;
        network.Eval();
        try
        {
            using ScriptModule traced = ScriptModule.Trace(network, example);
            return new ChannelGroups(network, traced.Graph()).Follow();
        }
        finally
        {
            network.Train(training);
        }
    }

    private ChannelGroup[] Follow()
    {
        for (int k = 0; k < _graph.Inputs.Count; k++)
        {
            TracedValue input = _graph.Inputs[k];
            _values[input.Id] = input;
            if (k >= _graph.ModelInputs)
                _names[input.Id] = NameOf(_graph.Weights[k - _graph.ModelInputs]);
            else
                _flows[input.Id] = new Flow(Begin(ShapeOf(input.Id)[1], isFixed: true), 1);
        }

        foreach (TracedNode node in _graph.Nodes)
        {
            foreach (TracedValue output in node.Outputs)
                _values[output.Id] = output;
            Pass(node);
        }

        foreach (int output in _graph.Outputs)
        {
            if (_flows.TryGetValue(output, out Flow? flow))
                Root(flow.Group).IsFixed = true;
        }

        return
        [
            .. _drafts.Where(d => d.Parent is null)
                .Select(d => new ChannelGroup(
                    d.Channels, d.IsFixed, [.. _drafts.Where(m => Root(m) == d).SelectMany(m => m.Axes)])),
        ];
    }

    private void Pass(TracedNode node)
    {
        int result = node.Outputs.Count > 0 ? node.Outputs[0].Id : -1;
        Flow? flow = node.Inputs.Select(i => _flows.GetValueOrDefault(i)).FirstOrDefault(f => f is not null);
        if (node.Op == "prim::Constant")
            _constants[result] = node.Constant;
        else if (node.Op is "aten::t" or "aten::numpy_T" && _names.TryGetValue(node.Inputs[0], out string? name))
            Turn(result, name);
        else if (flow is null)
            return;
        else if (node.Op is "aten::_convolution" or "aten::convolution" or "aten::conv2d" or "aten::conv1d")
            _flows[result] = Convolved(node, flow);
        else if (node.Op is "aten::linear" or "aten::matmul" or "aten::mm" or "aten::addmm")
            _flows[result] = Mapped(node, flow);
        else if (node.Op == "aten::batch_norm")
            _flows[result] = Normalized(node, flow, [.. node.Inputs.Skip(1).Take(4)]);
        else if (node.Op == "aten::group_norm"
            && Equals(_constants.GetValueOrDefault(node.Inputs[1]), ShapeOf(node.Inputs[0])[1]))
            _flows[result] = Normalized(node, flow, [.. node.Inputs.Skip(2).Take(2)]);
        else if (Joining.Contains(node.Op))
            _flows[result] = Joined(node, flow);
        else if (PerChannel.Contains(node.Op))
            _flows[result] = flow with { Repeats = flow.Repeats * Spread(node, ShapeOf(node.Inputs[0]), ShapeOf(result)) };
        // A list of tensors too: what is joined or cut along the channels would go unseen from there on. Sizes are no tensors.
        else if (node.Op != "aten::size" && node.Outputs.Any(o => o.Kind is "TensorType" or "ListType"))
            throw NotUnderstood(node);
    }

    private void Turn(int value, string name)
    {
        _names[value] = name;
        _transposed.Add(value);
    }

    private Flow Convolved(TracedNode node, Flow flow)
    {
        string weight = WeightOf(node, node.Inputs[1]);
        long[] shape = _state[weight].Shape;
        long channels = ShapeOf(node.Inputs[0])[1];
        bool transposed = node.Inputs.Count > 6 && _constants.GetValueOrDefault(node.Inputs[6]) is true;
        if (!transposed && shape[1] == channels)
        {
            Add(flow, weight, 1, ChannelUse.Input);
            return Made(node, weight, shape[0], node.Inputs[2]);
        }

        // Depthwise: each channel has a filter of its own, and goes with it.
        if (transposed || shape[1] != 1 || shape[0] != channels)
            throw NotUnderstood(node, "in several groups, or transposed");
        Add(flow, weight, 0, ChannelUse.Other);
        AddVectors(flow, [node.Inputs[2]]);
        return flow;
    }

    private Flow Mapped(TracedNode node, Flow flow)
    {
        bool isSum = node.Op == "aten::addmm";
        int input = node.Inputs[isSum ? 1 : 0], matrix = node.Inputs[isSum ? 2 : 1];
        string weight = WeightOf(node, matrix);
        if (ShapeOf(input).Count != 2 || _transposed.Contains(matrix) == (node.Op == "aten::linear")
            || !_flows.ContainsKey(input))
        {
            throw NotUnderstood(node, "on more than one vector a sample");
        }
        Add(flow, weight, 1, ChannelUse.Input);
        int bias = isSum ? node.Inputs[0] : node.Op == "aten::linear" ? node.Inputs[2] : -1;
        return Made(node, weight, _state[weight].Size(0), bias);
    }

    private Flow Made(TracedNode node, string weight, long channels, int bias)
    {
        var made = new Flow(Begin(channels, isFixed: false), 1);
        Add(made, weight, 0, ChannelUse.Filter);
        AddVectors(made, [bias]);
        return ShapeOf(node.Outputs[0].Id)[1] == channels ? made : throw NotUnderstood(node);
    }

    private Flow Normalized(TracedNode node, Flow flow, int[] vectors)
    {
        if (_names.TryGetValue(vectors[0], out string? weight))
            Add(flow, weight, 0, ChannelUse.Scale);
        AddVectors(flow, vectors[1..]);
        return ShapeOf(node.Inputs[0])[1] == ShapeOf(node.Outputs[0].Id)[1] ? flow : throw NotUnderstood(node);
    }

    private Flow Joined(TracedNode node, Flow flow)
    {
        foreach (int input in node.Inputs.Take(2))
        {
            // A number, or a tensor that is the same for all channels.
            if (!_flows.TryGetValue(input, out Flow? other))
                continue;
            if (other.Repeats != flow.Repeats || ShapeOf(input)[1] != ShapeOf(node.Outputs[0].Id)[1])
                throw NotUnderstood(node);
            Draft first = Root(flow.Group), second = Root(other.Group);
            if (first == second)
                continue;
            second.Parent = first;
            first.IsFixed |= second.IsFixed;
        }

        return flow;
    }

    // How many places of axis 1 a channel has after the operation, for each that it had before.
    private static long Spread(TracedNode node, IReadOnlyList<long> before, IReadOnlyList<long> after)
    {
        if (after.Count < 2 || before.Count < 2)
            throw NotUnderstood(node);
        if (after[1] == before[1])
            return 1;
        long behind = before.Skip(2).Aggregate(1L, (product, size) => product * size);
        return after.Count == 2 && after[1] == before[1] * behind ? behind : throw NotUnderstood(node);
    }

    private static void Add(Flow flow, string name, int axis, ChannelUse use) =>
        flow.Group.Axes.Add(new ChannelAxis(name, axis, flow.Repeats, use));

    private void AddVectors(Flow flow, IEnumerable<int> values)
    {
        foreach (int value in values)
        {
            if (_names.TryGetValue(value, out string? name))
                Add(flow, name, 0, ChannelUse.Other);
        }
    }

    private Draft Begin(long channels, bool isFixed)
    {
        var draft = new Draft { Channels = channels, IsFixed = isFixed };
        _drafts.Add(draft);
        return draft;
    }

    private static Draft Root(Draft draft) => draft.Parent is { } parent ? Root(parent) : draft;

    private string NameOf(Tensor weight) => _state.FirstOrDefault(s => s.Value.IsSame(weight)).Key
        ?? throw new ArgumentException("a weight of the traced network is none of its parameters.");

    private string WeightOf(TracedNode node, int value) =>
        _names.TryGetValue(value, out string? name) ? name : throw NotUnderstood(node, "of something that is no parameter");

    private IReadOnlyList<long> ShapeOf(int value) =>
        _values[value].Shape ?? throw new ArgumentException("the trace of the network has no shapes.");

    private static ArgumentException NotUnderstood(TracedNode node, string? how = null) => new(
        $"how channels go through '{node.Op}'{(how is null ? string.Empty : $" {how}")} is not understood.");

    private sealed record Flow(Draft Group, long Repeats);

    private sealed class Draft
    {
        public required long Channels { get; init; }

        public bool IsFixed { get; set; }

        public Draft? Parent { get; set; }

        public List<ChannelAxis> Axes { get; } = [];
    }
}
