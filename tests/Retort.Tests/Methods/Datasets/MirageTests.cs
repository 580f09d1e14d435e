using Retort.Data;
using Retort.Data.Graphs;
using Retort.Graphs;
using Retort.Methods.Datasets;
using Retort.Tests.Graphs;

namespace Retort.Tests.Methods.Datasets;

public sealed class MirageTests
{
    // Class 0 twice a pair of unlike nodes, once a pair of like ones; class 1 a path; a node alone has nothing to say.
    private static readonly LabelledGraph[] Graphs =
    [
        ComputationTreesTests.Undirected([0, 1], [(0, 1)]),
        ComputationTreesTests.Undirected([1, 0], [(0, 1)]),
        ComputationTreesTests.Undirected([0, 0, 3], [(0, 1)]),
        ComputationTreesTests.Undirected([1, 0, 1], [(0, 1), (1, 2)]),
    ];

    private static readonly long[] Labels = [0, 0, 0, 1];

    // At depth 1 the pair has the trees 0(1) and 1(0), the like pair 0(0), the path 1(0) and 0(1 1).
    [Fact]
    public void Patterns_are_the_sets_of_trees_of_a_class_in_proportion_to_its_graphs()
    {
        CondensedGraphs made = Condense(new MirageOptions { Depth = 1, Support = [0.5] });
        Assert.Equal([0L, 0, 0, 1, 1, 1], made.Labels);

        // Three sets of the pair's trees, each in two of three graphs; the path's three in its one.
        Assert.All(made.Weights.Take(3), w => Assert.Equal(0.75 / 3, w, 1e-12));
        Assert.All(made.Weights.Skip(3), w => Assert.Equal(0.25 / 3, w, 1e-12));
        LabelledGraph both = made.Graphs[0];
        Assert.Equal(4, both.Labels.Count);
        Assert.Equal(2, both.Roots.Count(r => r));
        Assert.All(both.Edges, e => Assert.True(!both.Roots[e.Source] && both.Roots[e.Target]));
    }

    // Trees 0(1), 1(0) of two nodes and 0(1 1) of three: 7 labels and 4 edges; six patterns of 2, 1, 1 trees each and three numbers.
    [Fact]
    public void Bytes_count_each_tree_once() => Assert.Equal(
        (7 * 4) + (4 * 8) + (2 * (2 + 1 + 1) * 4) + (6 * 3 * 4), Condense(new MirageOptions { Depth = 1, Support = [0.5] }).Bytes);

    [Fact]
    public void Closed_and_few_patterns_and_a_threshold_a_class_leave_less()
    {
        Assert.Equal([0L, 1], Condense(new MirageOptions { Depth = 1, Support = [0.5], Closed = true }).Labels);
        Assert.Equal([0L, 1], Condense(new MirageOptions { Depth = 1, Support = [0.5], Most = 1 }).Labels);
        Assert.Equal([0L, 0, 0, 0, 1, 1, 1], Condense(new MirageOptions { Depth = 1, Support = [0.3, 1] }).Labels);
    }

    [Theory]
    [InlineData(new[] { 1.0, 1 }, "no tree occurs in 3 of the 3 graphs of class 0")]
    [InlineData(new[] { 0.5, 0.5, 0.5 }, "support: 3 shares for 2 classes")]
    public void What_leaves_nothing_is_said(double[] support, string message) => Assert.Contains(
        message, Assert.Throws<ArgumentException>(() => Condense(new MirageOptions { Depth = 1, Support = support })).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(0.01, 1)]
    [InlineData(1, 4)]
    public void Chance_takes_graphs_until_it_has_the_bytes(double share, int count)
    {
        CondensedGraphs made = new RandomGraphs(new RandomGraphsOptions { Share = share }).Condense(Graphs, Labels, 2, new RandomStream(3));
        Assert.Equal(count, made.Graphs.Count);
        Assert.Equal(CondensedGraphs.BytesOf(made.Graphs), made.Bytes);
        Assert.True(made.Bytes >= share * CondensedGraphs.BytesOf(Graphs));
    }

    private static CondensedGraphs Condense(MirageOptions options) => new Mirage(options).Condense(Graphs, Labels, 2, new RandomStream(1));
}
