using Retort.Data;
using Retort.Data.Graphs;
using Retort.Data.Sets;
using Retort.Torch;

namespace Retort.Tests.Data.Sets;

public sealed class TuGraphsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    // Graph 1: nodes 1 and 2, joined; graph 2: node 3 alone; graph 3: nodes 4, 5, 6, a path.
    public TuGraphsTests()
    {
        _folder.Write("T/T_A.txt", "1, 2\n2, 1\n4, 5\n5, 4\n5,6\n6,5\n");
        _folder.Write("T/T_graph_indicator.txt", "1\n1\n2\n3\n3\n3\n");
        _folder.Write("T/T_graph_labels.txt", "1\n-1\n1\n");
        _folder.Write("T/T_node_labels.txt", "7\n3\n3\n7\n3\n9\n");
        _folder.Write("T/10fold_idx/test_idx-1.txt", "1\n");
        _folder.Write("T/10fold_idx/test_idx-2.txt", "0\n");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Graphs_are_read_with_their_own_node_numbers_and_divided_by_the_folds()
    {
        Dataset train = Load("train"), test = Load("test");
        Assert.Equal(["-1", "1"], train.ClassNames);
        Assert.Equal([1L, 1], train.Labels);
        Assert.Equal([0L], test.Labels);
        Assert.Equal([0L, 2], train.Ids);
        LabelledGraph path = GraphAt(train, 1);
        Assert.Equal([1, 0, 2], path.Labels);
        Assert.Equal([(0, 1), (1, 0), (1, 2), (2, 1)], path.Edges);
        Assert.All(path.Roots, Assert.True);
        Assert.Empty(GraphAt(test, 0).Edges);
        Dataset two = new TuGraphs { Collection = "T", Folds = [1, 2] }.Load(_folder.Path, "test");
        Assert.Equal([0L, 1], two.Ids);
    }

    [Theory]
    [InlineData("T_A.txt", "1; 2", "line 1: is '1; 2'; it must be two nodes, 'i, j'")]
    [InlineData("T_A.txt", "1, 7", "line 1: is '1, 7'; nodes are 1 to 6")]
    [InlineData("T_A.txt", "1, 2\n0, 2", "line 2: is '0, 2'; nodes are 1 to 6")]
    [InlineData("T_A.txt", "1, 99999999999", "it must be two nodes")]
    [InlineData("T_A.txt", "2, 3", "line 1: leads from graph 1 to graph 2")]
    [InlineData("T_A.txt", "1, 2\n\n2, 1", "line 2: is empty")]
    [InlineData("T_graph_indicator.txt", "1\n1\n2\n3\n2\n3", "line 5: is graph 2; graph 3 or the next one must come")]
    [InlineData("T_graph_indicator.txt", "2147483647\n1\n2\n3\n3\n3", "line 1: is graph 2147483647; graph 0 or the next one must come")]
    [InlineData("T_graph_indicator.txt", "0\n1\n2\n3\n3\n3", "line 1: is graph 0")]
    [InlineData("T_graph_labels.txt", "1\n1", "has 2 lines for 3 graphs")]
    [InlineData("T_graph_labels.txt", "1\none\n1", "line 2: is 'one'; it must be a whole number")]
    [InlineData("T_node_labels.txt", "7\n3", "has 2 lines for 6 nodes")]
    [InlineData("10fold_idx/test_idx-1.txt", "3", "line 1: is graph 3; graphs are 0 to 2")]
    [InlineData("10fold_idx/test_idx-1.txt", "0\n1\n2", "train: has no graph: the folds hold all of them")]
    public void What_does_not_fit_is_named_with_its_place(string file, string text, string message)
    {
        _folder.Write(Path.Combine("T", file), text);
        Assert.Contains(message, Assert.Throws<DataFormatException>(() => Load("train")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_not_there_is_named()
    {
        Assert.Contains("has no split 'val'", Assert.Throws<DataFormatException>(() => Load("val")).Message, StringComparison.Ordinal);
        Assert.Contains("test_idx-3.txt: file: there is no such file", Assert.Throws<DataFormatException>(
            () => new TuGraphs { Collection = "T", Folds = [3] }.Load(_folder.Path, "train")).Message, StringComparison.Ordinal);
        File.Delete(Path.Combine(_folder.Path, "T", "T_A.txt"));
        Assert.Contains("T_A.txt: file: there is no such file", Assert.Throws<DataFormatException>(() => Load("train")).Message, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("MUTAG", 188, 3371, 3721, 7, 63)]
    [InlineData("PROTEINS", 1113, 43471, 81044, 3, 663)]
    public void The_public_sets_have_as_many_graphs_nodes_and_edges_as_they_say(
        string collection, int graphs, int nodes, int edges, int labels, int first)
    {
        string root = SharedData.Require("tu-graphs");
        using var scope = new TensorScope();
        var options = new TuGraphs { Collection = collection, Folds = [1] };
        Dataset train = options.Load(root, "train"), test = options.Load(root, "test");
        LabelledGraph[] all = [.. Graphs(train), .. Graphs(test)];
        Assert.Equal(graphs, all.Length);
        Assert.Equal(nodes, all.Sum(g => g.Labels.Count));
        Assert.Equal(2 * edges, all.Sum(g => g.Edges.Count));
        Assert.Equal(labels, all.SelectMany(g => g.Labels).Distinct().Count());
        Assert.Equal(first, train.Labels.Concat(test.Labels).Count(l => l == 0));
        Assert.Empty(train.Ids.Intersect(test.Ids));
    }

    private Dataset Load(string split) => new TuGraphs { Collection = "T" }.Load(_folder.Path, split);

    private static IEnumerable<LabelledGraph> Graphs(Dataset data) => Enumerable.Range(0, data.Count).Select(k => GraphAt(data, k));

    private static LabelledGraph GraphAt(Dataset data, int place)
    {
        using var scope = new TensorScope();
        return GraphPacking.Unpack(data.Gather([place]).Input.ToArray<long>());
    }
}
