using Retort.Data.Graphs;

namespace Retort.Graphs;

/// <summary>A small training set of graphs.</summary>
/// <param name="Graphs">The samples; which of their nodes are pooled is part of them.</param>
/// <param name="Labels">A class each.</param>
/// <param name="Weights">How often training should draw each, relative to the others; above 0.</param>
/// <param name="Bytes">Bytes of a plain form of the set, counted as <see cref="BytesOf"/> counts the whole one's.</param>
public sealed record CondensedGraphs(
    IReadOnlyList<LabelledGraph> Graphs, IReadOnlyList<long> Labels, IReadOnlyList<double> Weights, long Bytes)
{
    /// <summary>Bytes of a number: a label, an end of an edge, a class, a frequency.</summary>
    public const int NumberBytes = 4;

    /// <summary>Bytes of graphs in a plain form: theirs (<see cref="LabelledGraph.Bytes"/>) and a class each.</summary>
    public static long BytesOf(IEnumerable<LabelledGraph> graphs) => graphs.Sum(g => g.Bytes + NumberBytes);
}
