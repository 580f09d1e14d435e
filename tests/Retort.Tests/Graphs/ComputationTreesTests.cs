using Retort.Data;
using Retort.Data.Graphs;
using Retort.Graphs;
using Retort.Models.Graphs;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Tests.Graphs;

[Collection("default generator")]
public sealed class ComputationTreesTests
{
    // A path 1 - 0 - 1, whose ends look alike, and a triangle with a tail.
    private static readonly LabelledGraph Path = Undirected([1, 0, 1], [(0, 1), (1, 2)]);
    private static readonly LabelledGraph Kite = Undirected([0, 1, 1, 2], [(0, 1), (1, 2), (2, 0), (2, 3)]);

    [Fact]
    public void Nodes_that_look_alike_have_one_tree_whatever_graph_they_are_in()
    {
        var trees = new ComputationTrees();
        int[] path = trees.Of(Path, 2), again = trees.Of(Undirected([1, 1, 0], [(2, 0), (1, 2)]), 2);
        Assert.Equal(path[0], path[2]);
        Assert.NotEqual(path[0], path[1]);
        Assert.Equal([path[0], path[0], path[1]], again);
        Assert.Equal("1(0(1()1()))", trees.LabelOf(path[0]));
        Assert.Equal("0(1(0())1(0()))", trees.LabelOf(path[1]));
        Assert.Equal(4, trees.SizeOf(path[0]));
    }

    [Fact]
    public void Depth_decides_who_looks_alike()
    {
        var trees = new ComputationTrees();
        LabelledGraph longer = Undirected([1, 0, 0, 1, 0], [(0, 1), (1, 2), (2, 3), (3, 4)]);
        int[] flat = trees.Of(longer, 0), near = trees.Of(longer, 1), far = trees.Of(longer, 2);
        Assert.Equal(2, flat.Distinct().Count());
        Assert.Equal(near[1], near[2]);
        Assert.NotEqual(far[1], far[2]);
    }

    // All trees of all nodes: what L layers give a tree's root is what they give its node.
    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 3)]
    [InlineData(2, 3)]
    public void On_its_tree_a_root_gets_what_its_node_gets_on_the_graph(int layers, int depth)
    {
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        Engine.ManualSeed(4);
        using Module model = new GinOptions { Depth = layers, Width = 5, InChannels = 3, Classes = 2 }.Build();
        model.Eval();
        Tensor? nodes = null;
        model.Find($"convs.{layers - 1}").OnOutput(t => { nodes = t; return null; });
        foreach (LabelledGraph graph in (LabelledGraph[])[Path, Kite])
        {
            var trees = new ComputationTrees();
            int[] numbers = trees.Of(graph, depth);
            model.Call(Packed(graph));
            Tensor onGraph = nodes!.Clone();
            for (int node = 0; node < numbers.Length; node++)
            {
                LabelledGraph tree = trees.Union([numbers[node]]);
                Assert.Equal(trees.SizeOf(numbers[node]), tree.Labels.Count);
                Assert.Equal([0], Enumerable.Range(0, tree.Labels.Count).Where(k => tree.Roots[k]));
                model.Call(Packed(tree));
                Assert.True(onGraph.Select(0, node).Allclose(nodes.Select(0, 0), rtol: 0, atol: 1e-5), $"node {node}");
            }
        }
    }

    // One layer more than the tree is deep sees what the tree has not.
    [Fact]
    public void A_tree_that_is_too_shallow_says_something_else()
    {
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        Engine.ManualSeed(4);
        using Module model = new GinOptions { Depth = 3, Width = 5, InChannels = 3, Classes = 2, Pooling = GraphPooling.Sum }.Build();
        model.Eval();
        var trees = new ComputationTrees();
        Tensor whole = model.Call(Packed(Kite));
        Assert.True(whole.Allclose(model.Call(Packed(trees.Union(trees.Of(Kite, 3)))), rtol: 0, atol: 1e-5));
        Assert.False(whole.Allclose(model.Call(Packed(trees.Union(trees.Of(Kite, 2)))), rtol: 0, atol: 1e-3));
    }

    [Fact]
    public void Trees_that_are_too_large_are_counted_and_not_grown()
    {
        LabelledGraph star = Undirected(new int[41], [.. Enumerable.Range(1, 40).Select(k => (0, k))]);
        var trees = new ComputationTrees();
        int[] numbers = trees.Of(star, 9);
        Assert.True(trees.SizeOf(numbers[0]) > 1_000_000);
        Assert.Contains("ask for less depth", Assert.Throws<ArgumentException>(() => trees.Union([numbers[0]])).Message, StringComparison.Ordinal);
    }

    internal static LabelledGraph Undirected(int[] labels, (int, int)[] edges) =>
        new(labels, [.. edges.SelectMany(e => ((int, int)[])[e, (e.Item2, e.Item1)])]);

    private static Tensor Packed(LabelledGraph graph) =>
        Dataset.Of("g", "train", new GraphSource([graph]), [0], ["a"]).Gather([0]).Input;
}
