using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Retort.Data.Formats;
using Retort.Data.Graphs;

namespace Retort.Data.Sets;

/// <summary>Graphs with a class each, in the text format of the TU Dortmund collection, divided into folds.</summary>
/// <remarks>
/// <para>Morris et al., arXiv:2007.08663. The folder has one for each collection, such as <c>MUTAG/</c> with
/// <c>MUTAG_A.txt</c> (<c>i, j</c>: an edge, nodes from 1 over all graphs, both directions), <c>MUTAG_graph_indicator.txt</c>
/// (the graph of each node, from 1), <c>MUTAG_graph_labels.txt</c>, <c>MUTAG_node_labels.txt</c>, and
/// <c>10fold_idx/test_idx-K.txt</c>: the graphs of a fold, from 0.</para>
/// <para>A sample is a graph as <see cref="GraphPacking"/> says. Classes and node labels are numbered in ascending order of what
/// the files say.</para>
/// </remarks>
[Dataset("tu-graphs")]
public sealed record TuGraphs : DatasetOptions
{
    // A graph of some thousand nodes is already large here; a line of a file is a few bytes.
    private const int MostNodes = 1 << 22;

    /// <summary>The collection: the name of its folder and the beginning of its files' names.</summary>
    [RegularExpression("[A-Za-z0-9][A-Za-z0-9_-]*", ErrorMessage = "letters, digits, hyphens and underscores")]
    public string Collection { get; init; } = "MUTAG";

    /// <summary>The folds that are the test split, from 1; all other graphs are for training.</summary>
    [MinLength(1)]
    public IReadOnlyList<int> Folds { get; init; } = [1];

    /// <inheritdoc/>
    public override Dataset Load(string root, string split)
    {
        ArgumentNullException.ThrowIfNull(root);
        if (split is not ("train" or "test"))
            throw new DataFormatException(root, split, $"has no split '{split}'; the splits are train and test");
        string folder = Path.Combine(root, Collection);
        (LabelledGraph[] graphs, int[] classes) = Graphs(folder);
        string[] names = [.. classes.Distinct().Order().Select(c => c.ToString(CultureInfo.InvariantCulture))];
        int[] order = [.. classes.Distinct().Order()];
        long[] labels = Array.ConvertAll(classes, c => (long)Array.BinarySearch(order, c));
        var tested = new HashSet<int>(Folds.SelectMany(fold => Fold(folder, fold, graphs.Length)));
        int[] places = [.. Enumerable.Range(0, graphs.Length).Where(k => tested.Contains(k) == (split == "test"))];
        if (places.Length == 0)
            throw new DataFormatException(folder, split, "has no graph: the folds hold all of them");
        return Dataset.Of(Collection, split, new GraphSource(graphs), labels, names).Subset(places);
    }

    private (LabelledGraph[] Graphs, int[] Classes) Graphs(string folder)
    {
        string indicator = FileOf(folder, "graph_indicator"), edgesFile = FileOf(folder, "A");
        int[] owners = Numbers(indicator, MostNodes), labels = Numbers(FileOf(folder, "node_labels"), MostNodes);
        int[] classes = Numbers(FileOf(folder, "graph_labels"), MostNodes);
        var first = new List<int>();
        for (int node = 0; node < owners.Length; node++)
        {
            if (owners[node] == first.Count + 1)
                first.Add(node);
            else if (owners[node] != first.Count || first.Count == 0)
            {
                throw new DataFormatException(
                    indicator, $"line {node + 1}", $"is graph {owners[node]}; graph {first.Count} or the next one must come");
            }
        }

        if (labels.Length != owners.Length)
        {
            throw new DataFormatException(
                FileOf(folder, "node_labels"), "file", $"has {labels.Length} lines for {owners.Length} nodes");
        }

        if (classes.Length != first.Count || first.Count == 0)
        {
            throw new DataFormatException(
                FileOf(folder, "graph_labels"), "file", $"has {classes.Length} lines for {first.Count} graphs");
        }

        List<(int, int)>[] edges = [.. first.Select(_ => new List<(int, int)>())];
        foreach ((int line, int source, int target) in Pairs(edgesFile, owners.Length))
        {
            int graph = owners[source] - 1;
            if (owners[target] - 1 != graph)
            {
                throw new DataFormatException(
                    edgesFile, $"line {line}", $"leads from graph {graph + 1} to graph {owners[target]}");
            }

            edges[graph].Add((source - first[graph], target - first[graph]));
            if (edges[graph].Count > GraphPacking.MostSlots)
                throw TooLarge(edgesFile, line, graph, "edges");
        }

        int[] known = [.. labels.Distinct().Order()];
        var graphs = new LabelledGraph[first.Count];
        for (int k = 0; k < graphs.Length; k++)
        {
            int end = k + 1 < first.Count ? first[k + 1] : owners.Length;
            if (end - first[k] > GraphPacking.MostSlots)
                throw TooLarge(indicator, end, k, "nodes");
            graphs[k] = new LabelledGraph([.. labels[first[k]..end].Select(l => Array.BinarySearch(known, l))], edges[k]);
        }

        return (graphs, classes);
    }

    private static DataFormatException TooLarge(string file, int line, int graph, string what) => new(
        file, $"line {line}", $"graph {graph + 1} has more than {GraphPacking.MostSlots} {what}, which is the limit");

    private string FileOf(string folder, string part) => Path.Combine(folder, $"{Collection}_{part}.txt");

    private static int[] Fold(string folder, int fold, int graphs)
    {
        string path = Path.Combine(folder, "10fold_idx", string.Create(CultureInfo.InvariantCulture, $"test_idx-{fold}.txt"));
        int[] places = Numbers(path, MostNodes);
        int wrong = Array.FindIndex(places, p => p < 0 || p >= graphs);
        return wrong < 0 ? places
            : throw new DataFormatException(path, $"line {wrong + 1}", $"is graph {places[wrong]}; graphs are 0 to {graphs - 1}");
    }

    private static int[] Numbers(string path, int most)
    {
        var numbers = new List<int>();
        foreach (string line in Lines(path, most))
        {
            numbers.Add(int.TryParse(line, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number)
                ? number
                : throw new DataFormatException(path, $"line {numbers.Count + 1}", $"is '{line}'; it must be a whole number"));
        }

        return [.. numbers];
    }

    private static IEnumerable<(int Line, int Source, int Target)> Pairs(string path, int nodes)
    {
        int number = 0;
        foreach (string line in Lines(path, int.MaxValue))
        {
            number++;
            string[] ends = line.Split(',', StringSplitOptions.TrimEntries);
            if (ends.Length != 2 || !int.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out int source)
                || !int.TryParse(ends[1], NumberStyles.None, CultureInfo.InvariantCulture, out int target))
                throw new DataFormatException(path, $"line {number}", $"is '{line}'; it must be two nodes, 'i, j'");
            if (source < 1 || source > nodes || target < 1 || target > nodes)
                throw new DataFormatException(path, $"line {number}", $"is '{line}'; nodes are 1 to {nodes}");
            yield return (number, source - 1, target - 1);
        }
    }

    private static IEnumerable<string> Lines(string path, int most)
    {
        if (!File.Exists(path))
            throw new DataFormatException(path, "file", "there is no such file");
        int count = 0;
        foreach (string line in TextFile.Lines(path, maxLineBytes: 1 << 10).Select(l => l.Trim()))
        {
            if (++count > most)
                throw new DataFormatException(path, $"line {count}", $"has more than {most} lines, which is the limit");
            if (line.Length == 0)
                throw new DataFormatException(path, $"line {count}", "is empty");
            yield return line;
        }
    }
}
