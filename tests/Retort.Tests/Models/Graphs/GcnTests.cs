using Retort.Models;
using Retort.Models.Graphs;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Tests.Models.Graphs;

[Collection("default generator")]
public sealed class GcnTests : IDisposable
{
    // A triangle, a tail, and a node alone.
    private static readonly long[,] Edges = { { 0, 1 }, { 1, 2 }, { 0, 2 }, { 2, 3 } };

    private readonly TensorScope _scope = new();

    public GcnTests() => Engine.ManualSeed(3);

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Logits_are_those_of_the_equation()
    {
        using Module model = Make();
        IReadOnlyDictionary<string, Tensor> state = model.StateDict();
        var dense = new float[5, 5];
        for (int k = 0; k < 5; k++)
            dense[k, k] = 1;
        for (int k = 0; k < 4; k++)
            dense[Edges[k, 0], Edges[k, 1]] = dense[Edges[k, 1], Edges[k, 0]] = 1;
        Tensor adjacency = Tensor.From(dense), scale = adjacency.Sum([1]).Rsqrt();
        Tensor normal = adjacency * scale.Unsqueeze(0) * scale.Unsqueeze(1);
        Tensor hidden = (normal.MatMul(Features()).MatMul(state["convs.0.lin.weight"].Transpose(0, 1)) + state["convs.0.bias"]).Relu();
        Tensor expected = normal.MatMul(hidden).MatMul(state["convs.1.lin.weight"].Transpose(0, 1)) + state["convs.1.bias"];
        Tensor? feature = null;
        var features = (IHasFeatures)model;
        Assert.Equal(["convs.0", "convs.1"], features.Stages);
        Assert.Equal("convs.1", features.Head);
        model.Find(features.LastFeature).OnOutput(t => { feature = t; return null; });
        Tensor found = model.Call(Tensor.From(new float[,] { { 3, 9 }, { 0, 9 }, { 4, 9 }, { 3, 9 } }));
        Tensor asked = Tensor.From<long>([3, 0, 4, 3]);
        Assert.True(found.Allclose(expected.IndexSelect(0, asked), rtol: 1e-4, atol: 1e-5));
        Assert.True(feature!.Allclose(hidden.IndexSelect(0, asked), rtol: 1e-4, atol: 1e-5));
    }

    [Fact]
    public void State_has_the_names_of_PyTorch_Geometric_and_keeps_the_graph()
    {
        using Module model = Make(), other = Options().Build();
        Assert.Equal(
            ["features", "edge_index", "edge_weight", "convs.0.bias", "convs.0.lin.weight", "convs.1.bias", "convs.1.lin.weight"],
            model.StateDict().Keys);
        Assert.Equal([2L, 13], model.StateDict()["edge_index"].Shape);
        other.LoadStateDict(model.StateDict());
        other.Eval();
        Tensor nodes = Tensor.From(new float[,] { { 0 }, { 2 } });
        Assert.Equal(model.Call(nodes).ToArray<float>(), other.Call(nodes).ToArray<float>());
    }

    [Fact]
    public void A_graph_of_other_sizes_or_with_an_edge_to_nowhere_is_refused()
    {
        using Module model = Options().Build();
        var reader = (INodeGraphReader)model;
        string Refused(Tensor features, Tensor edges) => Assert.Throws<ArgumentException>(() => reader.Attach(features, edges)).Message;
        Assert.Contains("is for 5 nodes, 3 in_channels and 4 edges; the data has features [5, 2] and edges [4, 2]", Refused(Tensor.Zeros(5, 2), Tensor.From(Edges)), StringComparison.Ordinal);
        Assert.Contains("edges [3, 2]", Refused(Features(), Tensor.From(Edges).Narrow(0, 0, 3)), StringComparison.Ordinal);
        Assert.Contains("an edge leads to node 5; nodes are 0 to 4", Refused(Features(), Tensor.From(Edges) + Tensor.Full([1], 2, DType.Int64)), StringComparison.Ordinal);
        Assert.Contains("must be nodes, [N, 1 + width]", Assert.Throws<ShapeException>(() => model.Call(Tensor.Zeros(2, 1, 1))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_step_reaches_every_parameter_and_leaves_no_tensor_behind()
    {
        using Module model = Make();
        model.Train();
        Step();
        Assert.All(model.Parameters(), p => Assert.True(p.Value.Grad!.Isfinite().All().ToBoolean()));
        long before = Tensor.LiveCount;
        Step();
        Assert.Equal(before, Tensor.LiveCount);

        void Step()
        {
            using var scope = new TensorScope();
            model.ZeroGrad();
            model.Call(Tensor.From(new float[,] { { 0 }, { 2 } })).Square().Mean().Backward();
        }
    }

    private static GcnOptions Options() => new() { Nodes = 5, Edges = 4, InChannels = 3, Width = 4, Classes = 2, DropRate = 0.3 };

    private static Module Make()
    {
        Module model = Options().Build();
        ((INodeGraphReader)model).Attach(Features(), Tensor.From(Edges));
        model.Eval();
        return model;
    }

    private static Tensor Features() => Tensor.Randn(new Generator(1), 5, 3);
}
