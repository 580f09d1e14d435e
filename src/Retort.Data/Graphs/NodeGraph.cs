namespace Retort.Data.Graphs;

/// <summary>One graph whose nodes are the samples: what a network that sees all of it needs beside their numbers.</summary>
/// <param name="Features">A row a node, row-major.</param>
/// <param name="Nodes">How many nodes there are.</param>
/// <param name="Edges">Undirected edges, each once.</param>
public sealed record NodeGraph(IReadOnlyList<float> Features, int Nodes, IReadOnlyList<(int First, int Second)> Edges)
{
    /// <summary>Numbers in a node's row.</summary>
    public int Width => Nodes == 0 ? 0 : Features.Count / Nodes;
}
