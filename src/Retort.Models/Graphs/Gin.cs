using System.Globalization;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Models.Graphs;

/// <summary>A graph isomorphism network: layers of messages between nodes, the roots' features pooled, a linear head.</summary>
/// <remarks>
/// <para>Xu et al., arXiv:1810.00826, without batch norms: their statistics over nodes of computation trees would not be those of
/// whole graphs. Only the last layer is pooled.</para>
/// <para>int64 [N, slots, 4] → [N, classes]. Row k of a sample has the k-th node's label, whether it is a root, and the k-th
/// edge's source and target, −1 where there is none; an edge sends from source to target. The graphs of a batch are computed as
/// one graph of separate parts, so padding costs nothing.</para>
/// <para>Parameters: <c>convs.0.nn.lins.0.weight</c>, …, as in PyTorch Geometric's GIN, and <c>fc.*</c>. A layer's output is
/// [nodes, width], the nodes of all graphs of the batch one after another.</para>
/// </remarks>
public sealed class Gin : Module, IHasFeatures
{
    private const int Columns = 4;
    private readonly Messages _messages = new();
    private readonly ModuleList _convs;
    private readonly int _labels;
    private readonly GraphPooling _pooling;
    private readonly Module _dropout;
    private readonly Module _fc;

    internal Gin(GinOptions options)
    {
        _labels = options.InChannels;
        _pooling = options.Pooling;
        _convs = Child("convs", new ModuleList(Enumerable.Range(0, options.Depth)
            .Select(k => new GinConv(k == 0 ? options.InChannels : options.Width, options.Width, _messages))));
        _dropout = Child("dropout", new Dropout(options.DropRate));
        _fc = Child("fc", new Linear(options.Width, options.Classes));
        Stages = [.. Enumerable.Range(0, options.Depth).Select(k => string.Create(CultureInfo.InvariantCulture, $"convs.{k}"))];
    }

    /// <inheritdoc/>
    public string LastFeature => "dropout";

    /// <inheritdoc/>
    public IReadOnlyList<string> Stages { get; }

    /// <inheritdoc/>
    public string Head => "fc";

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input)
    {
        if (input is not { Dimensions: 3, DType: DType.Int64 } || input.Size(2) != Columns)
            throw new ShapeException($"'input' {input} must be graphs, int64 [N, slots, {Columns}].");
        long slots = input.Size(1);
        Tensor rows = input.Reshape([-1, Columns]);                            // [N·S, 4]
        Tensor isNode = rows.Select(1, 0).Ge(0);                               // [N·S]
        Tensor node = isNode.Nonzero().Flatten();                              // [M], slots that hold a node
        Tensor number = isNode.To(DType.Int64).Cumsum(0).Sub(1L);              // [N·S], slot → node
        Tensor edge = rows.Select(1, 2).Ge(0).Nonzero().Flatten();             // [E]
        Tensor start = edge.Div(slots, "floor").Mul(slots);                    // the first slot of the edge's graph
        Tensor End(int column) => number.IndexSelect(0, rows.Select(1, column).IndexSelect(0, edge) + start);
        using IDisposable along = _messages.Along(End(2), End(3));
        Tensor features = rows.Select(1, 0).IndexSelect(0, node).OneHot(_labels).To(_convs.Parameters().First().Value.DType);
        for (int k = 0; k < _convs.Count; k++)
            features = _convs[k].Call(k == 0 ? features : features.Relu());
        return _fc.Call(_dropout.Call(Pool(features, input, rows, node, slots)));
    }

    // Sizes come from the input itself, never as numbers: a trace then takes any batch.
    private Tensor Pool(Tensor features, Tensor input, Tensor rows, Tensor node, long slots)
    {
        Tensor isRoot = rows.Select(1, 1).IndexSelect(0, node).Eq(1).To(features.DType).Unsqueeze(1);        // [M, 1]
        Tensor nothing = input.Select(2, 0).Select(1, 0).To(features.DType).ZerosLike().Unsqueeze(1);        // [N, 1]
        Tensor graph = node.Div(slots, "floor");                                                             // [M]
        Tensor sum = nothing.Expand([-1, features.Size(1)]).IndexAdd(0, graph, features * isRoot);           // [N, D]
        return _pooling == GraphPooling.Sum ? sum : sum / nothing.IndexAdd(0, graph, isRoot).ClampMin(1);
    }
}

/// <summary>What a recipe may give a graph isomorphism network. <c>in_channels</c> is how many labels nodes have.</summary>
public sealed record GinOptions : ModelOptions
{
    /// <summary>Layers of messages: a node's feature depends on what is at most so far away.</summary>
    public int Depth { get; init; } = 3;

    /// <summary>Width of a node's feature.</summary>
    public int Width { get; init; } = 64;

    /// <summary>How the roots' features become the graph's.</summary>
    public GraphPooling Pooling { get; init; }

    /// <summary>Probability of a zero in the graph's feature while training.</summary>
    public double DropRate { get; init; }

    /// <summary>The options that a name of the catalogue stands for.</summary>
    [Model("gin")]
    public static GinOptions Named(string name) => new();

    /// <inheritdoc/>
    protected override void Validate()
    {
        RequireAtLeast(Depth, 1, nameof(Depth));
        RequireAtLeast(Width, 1, nameof(Width));
        RequireRate(DropRate, nameof(DropRate));
    }

    /// <inheritdoc/>
    protected override Module Create() => new Gin(this);
}
