using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Retort.Data.Formats;
using Retort.Data.Graphs;

namespace Retort.Data.Sets;

/// <summary>The nodes of one graph as samples: features and labels in LibSVM form, edges and splits in tables.</summary>
/// <remarks>
/// <para>The folder has <c>features.svm</c> (a node a line, <c>label index:value …</c>, indices from 1), <c>edges.tsv</c>
/// (columns <c>source</c> and <c>target</c>, nodes from 0, undirected, each edge once) and <c>split.tsv</c> (columns <c>node</c>,
/// <c>label</c> and <c>split</c>). Splits are what that table names, such as <c>train</c>, <c>val</c> and <c>test</c>.</para>
/// <para>A sample is float32 [1 + width]: the node's number, then its features, each row divided by its sum as Kipf and Welling
/// have it (arXiv:1609.02907, section 5.2).</para>
/// </remarks>
[Dataset("node-graph")]
public record NodeGraphSet : DatasetOptions, INodeGraphSet
{
    private const int MostNodes = 1 << 22;
    private const long MostValues = 1L << 28;

    /// <summary>Whether <c>train</c> has every node of the graph, those of other splits without their labels: what a student can
    /// learn from a teacher that answers for all of them.</summary>
    public bool Unlabelled { get; init; }

    /// <summary>Numbers in a node's row; null for the largest index in the file.</summary>
    [Range(1, 1 << 20)]
    public int? Width { get; init; }

    /// <summary>What errors and reports call the set.</summary>
    protected virtual string SetName => "node-graph";

    /// <inheritdoc/>
    public override Dataset Load(string root, string split)
    {
        ArgumentNullException.ThrowIfNull(root);
        (List<(int, float)[]> rows, int[] classes, int width) = Features(root);
        string table = Path.Combine(root, "split.tsv");
        string[] splits = Splits(table, classes);
        int[] chosen = [.. Enumerable.Range(0, rows.Count).Where(k => splits[k] == split)];
        if (chosen.Length == 0)
        {
            IEnumerable<string> found = splits.Distinct().Order(StringComparer.Ordinal).Take(20);
            throw new DataFormatException(table, split, $"has no split '{split}'; the splits are {string.Join(", ", found)}");
        }

        int[] known = [.. classes.Distinct().Order()];
        bool all = Unlabelled && split == "train";
        long[] labels =
            [.. classes.Select((c, k) => all && splits[k] != split ? Dataset.NoLabel : (long)Array.BinarySearch(known, c))];
        string[] names = [.. known.Select(c => c.ToString(CultureInfo.InvariantCulture))];
        Dataset whole = Dataset.OfNumbers(SetName, split, Values(rows, width, 1), [1 + width], labels, names);
        return all ? whole : whole.Subset(chosen);
    }

    /// <inheritdoc/>
    public NodeGraph Graph(string root)
    {
        ArgumentNullException.ThrowIfNull(root);
        (List<(int, float)[]> rows, _, int width) = Features(root);
        string path = Path.Combine(root, "edges.tsv");
        using DelimitedReader reader = Open(path);
        int source = reader.Column("source"), target = reader.Column("target");
        var edges = new List<(int, int)>();
        foreach (DelimitedRecord record in reader.Records())
            edges.Add((Node(path, record, source, rows.Count), Node(path, record, target, rows.Count)));
        return new NodeGraph(Values(rows, width, 0), rows.Count, edges);
    }

    private (List<(int Index, float Value)[]> Rows, int[] Classes, int Width) Features(string root)
    {
        string path = Path.Combine(root, "features.svm");
        if (!File.Exists(path))
            throw new DataFormatException(path, "file", "there is no such file");
        var rows = new List<(int, float)[]>();
        var classes = new List<int>();
        int widest = 0;
        foreach (string line in TextFile.Lines(path))
        {
            string place = $"line {rows.Count + 1}";
            if (rows.Count == MostNodes)
                throw new DataFormatException(path, place, $"has more than {MostNodes} lines, which is the limit");
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0
                || !int.TryParse(words[0], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int label))
                throw new DataFormatException(path, place, "must begin with a class, a whole number");
            (int Index, float Value)[] row = [.. words.Skip(1).Select(word => Feature(path, place, word))];
            widest = Math.Max(widest, row.Select(f => f.Index).DefaultIfEmpty(0).Max());
            classes.Add(label);
            rows.Add(row);
        }

        int width = Width ?? widest;
        if (rows.Count == 0 || width == 0)
            throw new DataFormatException(path, "file", "has no node with a feature");
        if (widest > width)
            throw new DataFormatException(path, "file", $"has a feature {widest}; `width` is {width}");
        if ((long)rows.Count * (1 + width) > MostValues)
        {
            throw new DataFormatException(
                path, "file", $"{rows.Count} nodes of {width} features are more than {MostValues} values, which is the limit");
        }

        return (rows, [.. classes], width);
    }

    private static (int Index, float Value) Feature(string path, string place, string word)
    {
        int colon = word.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 && int.TryParse(word.AsSpan(0, colon), NumberStyles.None, CultureInfo.InvariantCulture, out int index)
            && float.TryParse(word.AsSpan(colon + 1), NumberStyles.Float, CultureInfo.InvariantCulture, out float value)
            && index is >= 1 and <= 1 << 20 && float.IsFinite(value)
            ? (index, value)
            : throw new DataFormatException(
                path, place, $"has '{word}'; it must be index:value, with an index from 1 to {1 << 20}");
    }

    // A row of no features stays zero.
    private static float[] Values(List<(int Index, float Value)[]> rows, int width, int ahead)
    {
        int size = ahead + width;
        var values = new float[rows.Count * size];
        for (int node = 0; node < rows.Count; node++)
        {
            if (ahead > 0)
                values[node * size] = node;
            float sum = rows[node].Sum(f => f.Value);
            foreach ((int index, float value) in rows[node])
                values[(node * size) + ahead + index - 1] = sum == 0 ? value : value / sum;
        }

        return values;
    }

    private static string[] Splits(string path, int[] classes)
    {
        using DelimitedReader reader = Open(path);
        int node = reader.Column("node"), label = reader.Column("label"), split = reader.Column("split");
        var splits = new string?[classes.Length];
        foreach (DelimitedRecord record in reader.Records())
        {
            int at = Node(path, record, node, classes.Length);
            if (splits[at] is not null)
                throw new DataFormatException(path, $"line {record.Line}", $"names node {at} again");
            if (record.Fields[label] != classes[at].ToString(CultureInfo.InvariantCulture))
            {
                throw new DataFormatException(
                    path, $"line {record.Line}", $"has label '{record.Fields[label]}'; the features say {classes[at]}");
            }

            splits[at] = record.Fields[split];
        }

        int missing = Array.IndexOf(splits, null);
        return missing < 0
            ? [.. splits.OfType<string>()]
            : throw new DataFormatException(path, "file", $"does not name node {missing}");
    }

    private static DelimitedReader Open(string path) => File.Exists(path)
        ? new DelimitedReader(path, DelimitedOptions.Tsv)
        : throw new DataFormatException(path, "file", "there is no such file");

    private static int Node(string path, DelimitedRecord record, int column, int nodes) =>
        int.TryParse(record.Fields[column], NumberStyles.None, CultureInfo.InvariantCulture, out int node) && node < nodes
            ? node
            : throw new DataFormatException(
                path, $"line {record.Line}", $"has node '{record.Fields[column]}'; nodes are 0 to {nodes - 1}");
}
