using Retort.Data;
using Retort.Data.Graphs;
using Retort.Data.Sets;
using Retort.Torch;

namespace Retort.Tests.Data.Sets;

public sealed class NodeGraphSetTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public NodeGraphSetTests()
    {
        _folder.Write("features.svm", "5 1:1 3:3\n2 2:1\n5\n2 1:2\n");
        _folder.Write("edges.tsv", "source\ttarget\n0\t1\n1\t3\n");
        _folder.Write("split.tsv", "node\tlabel\tsplit\n0\t5\ttrain\n1\t2\ttrain\n3\t2\ttest\n2\t5\tnone\n");
    }

    public void Dispose() => _folder.Dispose();

    // Rows are divided by their sums; the third node has no feature.
    [Fact]
    public void A_sample_is_a_node_s_number_and_its_row()
    {
        using var scope = new TensorScope();
        Dataset train = new NodeGraphSet().Load(_folder.Path, "train");
        Assert.Equal(["2", "5"], train.ClassNames);
        Assert.Equal([1L, 0], train.Labels);
        Assert.Equal([0, 0.25f, 0, 0.75f, 1, 0, 1, 0], train.Gather([0, 1]).Input.ToArray<float>());
        Dataset test = new NodeGraphSet().Load(_folder.Path, "test");
        Assert.Equal([3L], test.Ids);
        Assert.Equal([3, 1, 0, 0], test.Gather([0]).Input.ToArray<float>());
    }

    [Fact]
    public void Without_their_labels_all_nodes_are_there_to_be_asked_about()
    {
        Dataset all = new NodeGraphSet { Unlabelled = true }.Load(_folder.Path, "train");
        Assert.Equal([1, 0, Dataset.NoLabel, Dataset.NoLabel], all.Labels);
        Assert.Equal([0L, 1, 2, 3], all.Ids);
        Assert.Equal([3L], new NodeGraphSet { Unlabelled = true }.Load(_folder.Path, "test").Ids);
    }

    [Fact]
    public void The_graph_has_the_same_rows_and_each_edge_once()
    {
        NodeGraph graph = new NodeGraphSet { Width = 4 }.Graph(_folder.Path);
        Assert.Equal((4, 4), (graph.Nodes, graph.Width));
        Assert.Equal([0.25f, 0, 0.75f, 0, 0, 1], graph.Features.Take(6));
        Assert.Equal([(0, 1), (1, 3)], graph.Edges);
    }

    [Theory]
    [InlineData("features.svm", "x 1:1", "line 1: must begin with a class")]
    [InlineData("features.svm", "1 0:1", "has '0:1'; it must be index:value, with an index from 1")]
    [InlineData("features.svm", "1 1048577:1", "has '1048577:1'")]
    [InlineData("features.svm", "1 1:nan", "has '1:nan'")]
    [InlineData("features.svm", "1\n2", "has no node with a feature")]
    [InlineData("features.svm", "5 1:1\n2 1:1\n5 1:1", "split.tsv: line 4: has node '3'; nodes are 0 to 2")]
    [InlineData("split.tsv", "node\tlabel\n0\t5", "there is no column 'split'")]
    [InlineData("split.tsv", "node\tlabel\tsplit\n0\t5\ttrain\n0\t5\ttest", "line 3: names node 0 again")]
    [InlineData("split.tsv", "node\tlabel\tsplit\n0\t2\ttrain", "line 2: has label '2'; the features say 5")]
    [InlineData("split.tsv", "node\tlabel\tsplit\n0\t5\ttrain", "does not name node 1")]
    [InlineData("split.tsv", "node\tlabel\tsplit\n0\t5\tval\n1\t2\tval\n2\t5\tval\n3\t2\tval", "has no split 'train'; the splits are val")]
    public void What_does_not_fit_is_named_with_its_place(string file, string text, string message)
    {
        _folder.Write(file, text);
        Assert.Contains(message, Assert.Throws<DataFormatException>(() => new NodeGraphSet().Load(_folder.Path, "train")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Edges_and_widths_that_do_not_fit_are_named()
    {
        Assert.Contains("has a feature 3; `width` is 2", Assert.Throws<DataFormatException>(
            () => new NodeGraphSet { Width = 2 }.Load(_folder.Path, "train")).Message, StringComparison.Ordinal);
        _folder.Write("edges.tsv", "source\ttarget\n0\t4\n");
        Assert.Contains("edges.tsv: line 2: has node '4'; nodes are 0 to 3", Assert.Throws<DataFormatException>(
            () => new NodeGraphSet().Graph(_folder.Path)).Message, StringComparison.Ordinal);
        File.Delete(Path.Combine(_folder.Path, "features.svm"));
        Assert.Contains("features.svm: file: there is no such file", Assert.Throws<DataFormatException>(
            () => new NodeGraphSet().Graph(_folder.Path)).Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Cora_has_its_public_split()
    {
        string root = SharedData.Require("cora");
        var cora = new Cora();
        Assert.Equal([140, 500, 1000, 1068], ((string[])["train", "val", "test", "none"]).Select(s => cora.Load(root, s).Count));
        Dataset all = (cora with { Unlabelled = true }).Load(root, "train");
        Assert.Equal((2708, 140), (all.Count, all.Labels.Count(l => l >= 0)));
        Assert.Equal([1434L], all.SampleShape);
        NodeGraph graph = cora.Graph(root);
        Assert.Equal((2708, 1433, 5278), (graph.Nodes, graph.Width, graph.Edges.Count));
        Assert.Equal(49_216, graph.Features.Count(f => f > 0));
    }
}
