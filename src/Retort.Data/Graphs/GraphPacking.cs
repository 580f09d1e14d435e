namespace Retort.Data.Graphs;

/// <summary>How a graph lies in a sample, so that graphs of any size make batches: rows of four numbers, as many as the largest
/// needs.</summary>
/// <remarks>A sample is int64 [slots, 4]. Row k has the k-th node's label and whether it is a root (1 or 0), and the k-th edge's
/// source and target; −1 stands where a graph has no k-th node or edge.</remarks>
public static class GraphPacking
{
    /// <summary>Numbers in a row.</summary>
    public const int Columns = 4;

    /// <summary>The most rows of a sample.</summary>
    public const int MostSlots = 1 << 16;

    private const long None = -1;

    /// <summary>Rows that a graph needs.</summary>
    public static int SlotsOf(LabelledGraph graph)
    {
        ArgumentNullException.ThrowIfNull(graph);
        return Math.Max(graph.Labels.Count, graph.Edges.Count);
    }

    /// <summary>Whether samples have the shape and type of graphs.</summary>
    public static bool IsOf(Dataset data)
    {
        ArgumentNullException.ThrowIfNull(data);
        return data.ElementType == Torch.DType.Int64 && data.SampleShape is [> 0, Columns];
    }

    /// <summary>Writes a graph.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="target">Slots × 4 numbers.</param>
    /// <exception cref="ArgumentException">The graph needs more rows.</exception>
    public static void Pack(LabelledGraph graph, Span<long> target)
    {
        ArgumentNullException.ThrowIfNull(graph);
        int slots = target.Length / Columns;
        if (SlotsOf(graph) > slots)
            throw new ArgumentException($"a graph needs {SlotsOf(graph)} rows; there are {slots}.", nameof(target));
        target.Fill(None);
        for (int k = 0; k < graph.Labels.Count; k++)
        {
            target[k * Columns] = graph.Labels[k];
            target[(k * Columns) + 1] = graph.Roots[k] ? 1 : 0;
        }

        for (int k = 0; k < graph.Edges.Count; k++)
            (target[(k * Columns) + 2], target[(k * Columns) + 3]) = graph.Edges[k];
    }

    /// <summary>Reads a graph.</summary>
    /// <param name="sample">Slots × 4 numbers.</param>
    /// <exception cref="ArgumentException">The numbers are no graph.</exception>
    public static LabelledGraph Unpack(ReadOnlySpan<long> sample)
    {
        if (sample.Length % Columns != 0)
            throw new ArgumentException($"{sample.Length} numbers are no rows of {Columns}.", nameof(sample));
        var labels = new List<int>();
        var roots = new List<bool>();
        var edges = new List<(int, int)>();
        for (int k = 0; k < sample.Length; k += Columns)
        {
            if (sample[k] != None)
            {
                if (labels.Count != k / Columns || sample[k] is < 0 or > int.MaxValue)
                {
                    throw new ArgumentException(
                        $"row {k / Columns} has the label {sample[k]}: nodes come first, with labels from 0.", nameof(sample));
                }

                labels.Add((int)sample[k]);
                roots.Add(sample[k + 1] == 1);
            }

            if (sample[k + 2] != None)
                edges.Add((Narrow(sample[k + 2]), Narrow(sample[k + 3])));
        }

        return new LabelledGraph(labels, edges, roots);
    }

    // What does not fit into 32 bits is no node either; the graph says so.
    private static int Narrow(long node) => node is >= 0 and <= int.MaxValue ? (int)node : -1;
}
