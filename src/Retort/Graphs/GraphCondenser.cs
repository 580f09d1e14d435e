using Retort.Data;
using Retort.Data.Graphs;

namespace Retort.Graphs;

/// <summary>A way to get a small training set out of graphs without a gradient.</summary>
public abstract class GraphCondenser
{
    /// <summary>Makes or chooses the small set.</summary>
    /// <param name="graphs">The training graphs.</param>
    /// <param name="labels">Their classes, 0 to classes − 1 each.</param>
    /// <param name="classes">How many classes there are.</param>
    /// <param name="random">Where a choice by chance comes from.</param>
    /// <exception cref="ArgumentException">Its options do not go with these graphs.</exception>
    public abstract CondensedGraphs Condense(
        IReadOnlyList<LabelledGraph> graphs, IReadOnlyList<long> labels, int classes, RandomStream random);
}
