using Retort.Data.Graphs;

namespace Retort.Graphs;

/// <summary>What a network of messages sees of a graph's nodes: for each the tree of those that messages come from, and those
/// that theirs come from, down to a depth. Equal trees have one number.</summary>
/// <remarks>A node of the graph occurs in a tree as often as there are ways to it, and edges go both ways, so that a child's
/// children have its parent among them. Depth L is all that L layers see of a node: on the tree they give its root what they give
/// the node on the graph. Equality is that of canonical labels, label(v) + "(" + sorted children + ")": labels of trees that hang
/// below many others are kept once.</remarks>
public sealed class ComputationTrees
{
    private readonly List<(int Label, int[] Children, long Size)> _trees = [];
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);

    /// <summary>How many different trees were seen, those below others included.</summary>
    public int Count => _trees.Count;

    /// <summary>The tree of each node of a graph.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="depth">Edges from the root down, 0 or more.</param>
    /// <returns>A tree's number for each node.</returns>
    public int[] Of(LabelledGraph graph, int depth)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentOutOfRangeException.ThrowIfNegative(depth);
        IReadOnlyList<IReadOnlyList<int>> senders = graph.Senders();
        int[] trees = [.. graph.Labels.Select(label => NumberOf(label, []))];
        for (int level = 0; level < depth; level++)
        {
            int[] below = trees;
            trees = [.. graph.Labels.Select((label, node) => NumberOf(label, [.. senders[node].Select(s => below[s]).Order()]))];
        }

        return trees;
    }

    /// <summary>Nodes of a tree.</summary>
    public long SizeOf(int tree) => _trees[tree].Size;

    /// <summary>A text that two trees share if and only if they are equal; as long as the tree is large.</summary>
    public string LabelOf(int tree)
    {
        (int label, int[] children, _) = _trees[tree];
        return FormattableString.Invariant($"{label}({string.Concat(children.Select(LabelOf).Order(StringComparer.Ordinal))})");
    }

    /// <summary>Trees side by side as one graph: edges go from child to parent, and only the trees' own roots are
    /// pooled.</summary>
    /// <param name="trees">Their numbers; at least one.</param>
    /// <exception cref="ArgumentException">They have more nodes than a sample may hold.</exception>
    public LabelledGraph Union(IReadOnlyList<int> trees)
    {
        ArgumentNullException.ThrowIfNull(trees);
        if (trees.Sum(t => (double)SizeOf(t)) > GraphPacking.MostSlots)
        {
            throw new ArgumentException(
                $"{trees.Count} trees have more than {GraphPacking.MostSlots} nodes together, the limit; ask for less depth.",
                nameof(trees));
        }

        var labels = new List<int>();
        var edges = new List<(int, int)>();
        var roots = new List<bool>();
        foreach (int tree in trees)
            Grow(tree, null);
        return new LabelledGraph(labels, edges, roots);

        void Grow(int tree, int? parent)
        {
            int node = labels.Count;
            labels.Add(_trees[tree].Label);
            roots.Add(parent is null);
            if (parent is { } above)
                edges.Add((node, above));
            foreach (int child in _trees[tree].Children)
                Grow(child, node);
        }
    }

    private int NumberOf(int label, int[] children)
    {
        string key = FormattableString.Invariant($"{label}:{string.Join(',', children)}");
        if (!_numbers.TryGetValue(key, out int number))
        {
            _numbers[key] = number = _trees.Count;

            // Sizes grow with the power of the depth; past this nobody can hold the tree anyway.
            double size = 1 + children.Sum(c => (double)_trees[c].Size);
            _trees.Add((label, children, size > int.MaxValue ? int.MaxValue : (long)size));
        }

        return number;
    }
}
