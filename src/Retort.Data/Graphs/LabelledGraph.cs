namespace Retort.Data.Graphs;

/// <summary>A graph whose nodes have integer labels, small enough to be one sample of many.</summary>
/// <remarks>Edges are directed: messages go from source to target. An undirected edge is two of them.</remarks>
public sealed class LabelledGraph
{
    private readonly int[] _labels;
    private readonly bool[] _roots;
    private readonly (int Source, int Target)[] _edges;

    /// <summary>Creates a graph.</summary>
    /// <param name="labels">The nodes' labels, 0 or more each; at least one node.</param>
    /// <param name="edges">Pairs of nodes, each 0 to nodes − 1.</param>
    /// <param name="roots">Which nodes are pooled into the graph's feature; null for all.</param>
    /// <exception cref="ArgumentException">There is no node, a label is negative, an edge leads to no node, or there is not one
    /// mark a node.</exception>
    public LabelledGraph(
        IReadOnlyList<int> labels, IReadOnlyList<(int Source, int Target)> edges, IReadOnlyList<bool>? roots = null)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(edges);
        if (labels.Count == 0)
            throw new ArgumentException("a graph must have a node.", nameof(labels));
        _labels = [.. labels];
        _edges = [.. edges];
        _roots = roots is null ? [.. labels.Select(_ => true)] : [.. roots];
        if (_roots.Length != _labels.Length)
            throw new ArgumentException($"{_roots.Length} marks for {_labels.Length} nodes.", nameof(roots));
        foreach (int label in _labels)
        {
            if (label < 0)
                throw new ArgumentException($"a label is {label}; it must be 0 or more.", nameof(labels));
        }

        foreach ((int source, int target) in _edges)
        {
            if (source < 0 || source >= _labels.Length || target < 0 || target >= _labels.Length)
            {
                throw new ArgumentException(
                    $"an edge goes from {source} to {target}; nodes are 0 to {_labels.Length - 1}.", nameof(edges));
            }
        }
    }

    /// <summary>The nodes' labels.</summary>
    public IReadOnlyList<int> Labels => _labels;

    /// <summary>Directed edges.</summary>
    public IReadOnlyList<(int Source, int Target)> Edges => _edges;

    /// <summary>Which nodes are pooled into the graph's feature.</summary>
    public IReadOnlyList<bool> Roots => _roots;

    /// <summary>Bytes of a plain form of it: 4 for a node's label, 8 for an edge; one that goes both ways counts once.</summary>
    public long Bytes
    {
        get
        {
            var seen = new HashSet<(int, int)>();
            foreach ((int source, int target) in _edges)
                seen.Add((Math.Min(source, target), Math.Max(source, target)));
            return (4L * _labels.Length) + (8L * seen.Count);
        }
    }

    /// <summary>For each node those that it gets messages from, in the order of the edges.</summary>
    public IReadOnlyList<IReadOnlyList<int>> Senders()
    {
        List<int>[] senders = [.. _labels.Select(_ => new List<int>())];
        foreach ((int source, int target) in _edges)
            senders[target].Add(source);
        return senders;
    }
}
