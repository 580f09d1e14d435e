using Retort.Data;
using Retort.Data.Graphs;
using Retort.Torch;

namespace Retort.Tests.Data.Graphs;

public sealed class GraphPackingTests
{
    private static readonly LabelledGraph Path = new([2, 0, 2], [(0, 1), (1, 0), (1, 2), (2, 1)]);

    [Fact]
    public void A_graph_lies_in_rows_of_nodes_and_edges()
    {
        var sample = new long[4 * 4];
        GraphPacking.Pack(new LabelledGraph([5, 6], [(1, 0)], [true, false]), sample);
        Assert.Equal([5L, 1, 1, 0, 6, 0, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1], sample);
        LabelledGraph back = GraphPacking.Unpack(sample);
        Assert.Equal([5, 6], back.Labels);
        Assert.Equal([(1, 0)], back.Edges);
        Assert.Equal([true, false], back.Roots);
    }

    // Three labels of 4 bytes and two edges of 8, each of which goes both ways; one that goes one way counts as much.
    [Fact]
    public void An_edge_that_goes_both_ways_takes_the_bytes_of_one()
    {
        Assert.Equal(3 * 4 + 2 * 8, Path.Bytes);
        Assert.Equal(3 * 4 + 2 * 8, new LabelledGraph([2, 0, 2], [(0, 1), (1, 2)]).Bytes);
    }

    [Fact]
    public void Graphs_of_all_sizes_make_a_set_of_one_shape()
    {
        using var scope = new TensorScope();
        Dataset set = Dataset.Of("graphs", "train", new GraphSource([Path, new LabelledGraph([1], [])]), [0, 1], ["a", "b"]);
        Assert.True(GraphPacking.IsOf(set));
        Batch batch = set.Gather([1, 0]);
        Assert.Equal([2L, 4, 4], batch.Input.Shape);
        LabelledGraph second = GraphPacking.Unpack(batch.Input.Select(0, 1).Contiguous().ToArray<long>());
        Assert.Equal(Path.Edges, second.Edges);
        Assert.Equal(Path.Senders()[1], [0, 2]);
        Dataset other = Dataset.Of("graphs", "train", new GraphSource([Path, new LabelledGraph([2], [])]), [0, 1], ["a", "b"]);
        Assert.NotEqual(set.Fingerprint, other.Fingerprint);
        Assert.False(GraphPacking.IsOf(Dataset.OfTokens("t", "train", [1, 2, 3], [3], [0], ["a"])));
    }

    [Theory]
    [InlineData(new long[] { -1, -1, -1, -1 }, "a graph must have a node")]
    [InlineData(new long[] { -7, 1, -1, -1 }, "row 0 has the label -7")]
    [InlineData(new long[] { -1, -1, -1, -1, 3, 1, -1, -1 }, "row 1 has the label 3: nodes come first")]
    [InlineData(new long[] { 0, 1, 0, 1 }, "an edge goes from 0 to 1; nodes are 0 to 0")]
    [InlineData(new long[] { 0, 1, 1L << 40, 0 }, "an edge goes from -1 to 0")]
    [InlineData(new long[] { 0, 1, 0 }, "3 numbers are no rows of 4")]
    public void Numbers_that_are_no_graph_are_refused(long[] sample, string message) =>
        Assert.Contains(message, Assert.Throws<ArgumentException>(() => GraphPacking.Unpack(sample)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_graph_that_does_not_fit_or_is_none_is_refused()
    {
        Assert.Contains("needs 4 rows; there are 3", Assert.Throws<ArgumentException>(() => GraphPacking.Pack(Path, new long[12])).Message, StringComparison.Ordinal);
        Assert.Contains("2 marks for 1 nodes", Assert.Throws<ArgumentException>(() => new LabelledGraph([0], [], [true, false])).Message, StringComparison.Ordinal);
    }
}
