using System.Globalization;
using Retort.Torch;
using Retort.Torch.Nn;
using Buffer = Retort.Torch.Nn.Buffer;

namespace Retort.Models.Graphs;

/// <summary>A graph convolutional network that classifies the nodes of one graph, which it holds.</summary>
/// <remarks>
/// <para>Kipf and Welling, "Semi-Supervised Classification with Graph Convolutional Networks", ICLR 2017, arXiv:1609.02907,
/// equation 9: neighbours and the node itself weigh 1 / √(d_u d_v), d counting the node itself; ReLU between layers, dropout
/// before each.</para>
/// <para>[N, ≥ 1], column 0 a node's number → [N, classes]; other columns are not looked at. Every call computes the whole
/// graph.</para>
/// <para>Parameters: <c>convs.0.bias</c>, <c>convs.0.lin.weight</c>, …, as in PyTorch Geometric's GCN. Buffers:
/// <c>features</c> [V, in], <c>edge_index</c> [2, 2·edges + V] (both directions, then each node to itself), <c>edge_weight</c>.
/// The module <c>feature</c> gives the asked nodes' features [N, width] before the last layer, for terms that compare
/// them.</para>
/// </remarks>
public sealed class Gcn : Module, INodeGraphReader, IHasFeatures
{
    private readonly Messages _messages = new();
    private readonly ModuleList _convs;
    private readonly Buffer _features;
    private readonly Buffer _edgeIndex;
    private readonly Buffer _edgeWeight;
    private readonly Module _dropout;
    private readonly Module _feature;

    internal Gcn(GcnOptions options)
    {
        long messages = (2L * options.Edges) + options.Nodes;
        _features = Buffer("features", Tensor.Zeros(options.Nodes, options.InChannels));
        _edgeIndex = Buffer("edge_index", Tensor.Zeros(DType.Int64, 2, messages));
        _edgeWeight = Buffer("edge_weight", Tensor.Zeros(messages));
        _convs = Child("convs", new ModuleList(Enumerable.Range(0, options.Depth).Select(k => new GcnConv(
            k == 0 ? options.InChannels : options.Width, k == options.Depth - 1 ? options.Classes : options.Width, _messages))));
        _dropout = Child("dropout", new Dropout(options.DropRate));
        _feature = Child("feature", new Identity());
        Stages = [.. Enumerable.Range(0, options.Depth).Select(k => string.Create(CultureInfo.InvariantCulture, $"convs.{k}"))];
    }

    /// <inheritdoc/>
    public string LastFeature => "feature";

    /// <inheritdoc/>
    public IReadOnlyList<string> Stages { get; }

    /// <summary>The last convolution. It is no linear layer on <see cref="LastFeature"/>:
    /// it looks at the neighbours too.</summary>
    public string Head => Stages[^1];

    /// <inheritdoc/>
    public void Attach(Tensor features, Tensor edges)
    {
        ArgumentNullException.ThrowIfNull(features);
        ArgumentNullException.ThrowIfNull(edges);
        long nodes = _features.Value.Size(0), width = _features.Value.Size(1), count = (_edgeIndex.Value.Size(1) - nodes) / 2;
        if (features.Dimensions != 2 || edges.Dimensions != 2 || edges.Size(1) != 2
            || features.Size(0) != nodes || features.Size(1) != width || edges.Size(0) != count)
        {
            throw new ArgumentException(
                $"the network is for {nodes} nodes, {width} in_channels and {count} edges; the data has features "
                + $"{Shapes.Text(features)} and edges {Shapes.Text(edges)}.", nameof(features));
        }

        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        if (count > 0 && (edges.Min().ToInt64() < 0 || edges.Max().ToInt64() >= nodes))
        {
            throw new ArgumentException(
                $"an edge leads to node {edges.Max().ToInt64()}; nodes are 0 to {nodes - 1}.", nameof(edges));
        }

        Tensor self = Ops.Arange(0, nodes, 1, DType.Int64), first = edges.Select(1, 0), second = edges.Select(1, 1);
        Tensor source = Ops.Cat([first, second, self]), target = Ops.Cat([second, first, self]);
        Tensor degree = Tensor.Zeros(nodes).IndexAdd(0, target, Tensor.Ones(target.Size(0)));
        Tensor scale = degree.Rsqrt();
        _features.Value.CopyInPlace(features);
        _edgeIndex.Value.CopyInPlace(Ops.Stack([source, target]));
        _edgeWeight.Value.CopyInPlace(scale.IndexSelect(0, source) * scale.IndexSelect(0, target));
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input)
    {
        if (input.Dimensions != 2)
            throw new ShapeException($"'input' {Shapes.Text(input)} must be nodes, [N, 1 + width].");
        Tensor asked = input.Select(1, 0).To(DType.Int64);
        Tensor edges = _edgeIndex.Value;
        using IDisposable along = _messages.Along(edges.Select(0, 0), edges.Select(0, 1), _edgeWeight.Value.Unsqueeze(1));
        Tensor nodes = _features.Value;
        for (int k = 0; k < _convs.Count; k++)
        {
            if (k > 0)
                nodes = nodes.Relu();
            if (k == _convs.Count - 1)
                _feature.Call(nodes.IndexSelect(0, asked));
            nodes = _convs[k].Call(_dropout.Call(nodes));
        }

        return nodes.IndexSelect(0, asked);
    }
}

/// <summary>What a recipe may give a graph convolutional network. <c>in_channels</c> is the width of a node's row.</summary>
public sealed record GcnOptions : ModelOptions
{
    /// <summary>Nodes of the graph.</summary>
    public int Nodes { get; init; } = 2708;

    /// <summary>Undirected edges of the graph.</summary>
    public int Edges { get; init; } = 5278;

    /// <summary>Graph convolutions.</summary>
    public int Depth { get; init; } = 2;

    /// <summary>Width of a node's feature between them.</summary>
    public int Width { get; init; } = 64;

    /// <summary>Probability of a zero before each convolution while training.</summary>
    public double DropRate { get; init; } = 0.5;

    /// <summary>The options that a name of the catalogue stands for: those of Cora's graph.</summary>
    [Model("gcn")]
    public static GcnOptions Named(string name) => new() { InChannels = 1433, Classes = 7 };

    /// <inheritdoc/>
    protected override void Validate()
    {
        RequireAtLeast(Nodes, 1, nameof(Nodes));
        RequireAtLeast(Edges, 0, nameof(Edges));
        RequireAtLeast(Depth, 1, nameof(Depth));
        RequireAtLeast(Width, 1, nameof(Width));
        RequireRate(DropRate, nameof(DropRate));
    }

    /// <inheritdoc/>
    protected override Module Create() => new Gcn(this);
}
