using Retort.Torch;

namespace Retort.Models.Graphs;

/// <summary>A network that holds one graph and classifies its nodes: whoever makes it gives it the graph once, and its weights
/// keep it.</summary>
public interface INodeGraphReader
{
    /// <summary>Gives the network its graph.</summary>
    /// <param name="features">A row a node, float32 [nodes, width].</param>
    /// <param name="edges">Undirected edges, each once, int64 [edges, 2].</param>
    /// <exception cref="ArgumentException">The sizes are not those that the network was made for, or an edge leads to no
    /// node.</exception>
    public void Attach(Tensor features, Tensor edges);
}
