using Retort.Data;
using Retort.Data.Graphs;
using Retort.Models;
using Retort.Models.Graphs;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Tests.Models.Graphs;

[Collection("default generator")]
public sealed class GinTests : IDisposable
{
    private static readonly LabelledGraph[] Samples =
    [
        new([0, 1, 2], [(0, 1), (1, 0), (1, 2), (2, 1)]),
        new([1], []),
        new([2, 2, 0, 1], [(0, 1), (2, 1), (3, 2)], [false, true, true, false]),
    ];

    private readonly TensorScope _scope = new();

    public GinTests() => Engine.ManualSeed(5);

    public void Dispose() => _scope.Dispose();

    // By the equation with a dense matrix of edges, node by node of every graph.
    [Theory]
    [InlineData(GraphPooling.Sum)]
    [InlineData(GraphPooling.Mean)]
    public void Logits_are_those_of_the_equation_over_each_graph_alone(GraphPooling pooling)
    {
        using Module model = Small(pooling);
        Tensor logits = model.Call(Packed(Samples));
        Assert.Equal([3L, 2], logits.Shape);
        IReadOnlyDictionary<string, Tensor> state = model.StateDict();
        for (int g = 0; g < Samples.Length; g++)
        {
            LabelledGraph graph = Samples[g];
            var edges = new float[graph.Labels.Count, graph.Labels.Count];
            foreach ((int source, int target) in graph.Edges)
                edges[target, source]++;
            Tensor x = Tensor.From<long>([.. graph.Labels.Select(l => (long)l)]).OneHot(3).To(DType.Float32);
            for (int k = 0; k < 2; k++)
            {
                Tensor summed = (1 + state[$"convs.{k}.eps"]) * x + Tensor.From(edges).MatMul(x);
                Tensor Layer(string name, Tensor of) => Ops.Linear(of, state[$"convs.{k}.nn.lins.{name}.weight"], state[$"convs.{k}.nn.lins.{name}.bias"]);
                x = Layer("1", Layer("0", summed).Relu());
                x = k == 0 ? x.Relu() : x;
            }

            Tensor roots = Tensor.From([.. graph.Roots.Select(r => r ? 1f : 0)]).Unsqueeze(0);
            Tensor pooled = roots.MatMul(x) / (pooling == GraphPooling.Sum ? 1 : graph.Roots.Count(r => r));
            Tensor expected = Ops.Linear(pooled, state["fc.weight"], state["fc.bias"]);
            Assert.True(expected.Allclose(logits.Narrow(0, g, 1), rtol: 1e-4, atol: 1e-5), $"graph {g}: {expected} and {logits.Narrow(0, g, 1)}");
        }
    }

    [Fact]
    public void Padding_and_company_change_nothing()
    {
        using Module model = Small(GraphPooling.Sum);
        Tensor together = model.Call(Packed(Samples));
        for (int g = 0; g < Samples.Length; g++)
            Assert.True(together.Narrow(0, g, 1).Allclose(model.Call(Packed([Samples[g]])), rtol: 1e-5, atol: 1e-6), $"graph {g}");
        Tensor wide = Packed(Samples);
        wide = Ops.Cat([wide, Tensor.Full([3, 9, 4], -1, DType.Int64)], 1);
        Assert.True(together.Allclose(model.Call(wide), rtol: 1e-5, atol: 1e-6));
    }

    [Fact]
    public void State_has_the_names_of_PyTorch_Geometric() => Assert.Equal(
        [
            "convs.0.eps", "convs.0.nn.lins.0.weight", "convs.0.nn.lins.0.bias", "convs.0.nn.lins.1.weight", "convs.0.nn.lins.1.bias",
            "fc.weight", "fc.bias",
        ],
        new GinOptions { Depth = 1, Width = 4, InChannels = 3, Classes = 2 }.Build().StateDict().Keys);

    [Fact]
    public void A_step_reaches_every_parameter_and_leaves_no_tensor_behind()
    {
        using Module model = Small(GraphPooling.Mean);
        Step();
        Assert.All(model.Parameters(), p => Assert.True(p.Value.Grad!.Isfinite().All().ToBoolean()));
        long before = Tensor.LiveCount;
        Step();
        Assert.Equal(before, Tensor.LiveCount);

        void Step()
        {
            using var scope = new TensorScope();
            model.ZeroGrad();
            model.Call(Packed(Samples)).LogSoftmax(1).Select(1, 0).Mean().Neg().Backward();
        }
    }

    [Fact]
    public void A_traced_graph_takes_other_graphs_and_other_batches()
    {
        using GradMode off = Autograd.NoGrad();
        using Module model = Small(GraphPooling.Mean);
        using ScriptModule traced = ScriptModule.Trace(model, Packed(Samples));
        foreach (LabelledGraph[] batch in (LabelledGraph[][])[[Samples[2], Samples[0]], [Samples[2]], [.. Samples, .. Samples]])
        {
            Tensor input = Packed(batch);
            Assert.True(traced.Call(input)[0].Allclose(model.Call(input), rtol: 1e-4, atol: 1e-5), $"{batch.Length} graphs");
        }
    }

    [Fact]
    public void Its_features_and_layers_are_taps()
    {
        using Module model = Small(GraphPooling.Sum);
        var features = (IHasFeatures)model;
        Tensor? layer = null, last = null;
        model.Find(features.Stages[1]).OnOutput(t => { layer = t; return null; });
        model.Find(features.LastFeature).OnOutput(t => { last = t; return null; });
        Tensor logits = model.Call(Packed(Samples));
        Assert.Equal([8L, 4], layer!.Shape);
        Assert.True(logits.Allclose(model.Find(features.Head).Call(last!)));
        Assert.Contains("only inside its network", Assert.Throws<InvalidOperationException>(() => model.Find("convs.0").Call(Tensor.Zeros(2, 3))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_graph_is_refused_with_its_shape()
    {
        using Module model = Small(GraphPooling.Sum);
        Assert.Contains("must be graphs, int64 [N, slots, 4]", Assert.Throws<ShapeException>(() => model.Call(Tensor.Zeros(2, 3, 4))).Message, StringComparison.Ordinal);
        Assert.Contains("must be graphs", Assert.Throws<ShapeException>(() => model.Call(Tensor.Zeros(DType.Int64, 2, 4))).Message, StringComparison.Ordinal);
    }

    private static Module Small(GraphPooling pooling)
    {
        Module model = new GinOptions { Depth = 2, Width = 4, InChannels = 3, Classes = 2, Pooling = pooling }.Build();
        using GradMode off = Autograd.NoGrad();
        model.StateDict()["convs.0.eps"].CopyInPlace(Tensor.From<float>([0.5f]));
        model.Eval();
        return model;
    }

    private static Tensor Packed(LabelledGraph[] graphs)
    {
        var source = new GraphSource(graphs);
        return Dataset.Of("g", "train", source, new long[graphs.Length], ["a"]).Gather([.. Enumerable.Range(0, graphs.Length)]).Input;
    }
}
