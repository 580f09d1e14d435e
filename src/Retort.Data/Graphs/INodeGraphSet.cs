namespace Retort.Data.Graphs;

/// <summary>A data set whose samples are the nodes of one graph.</summary>
/// <remarks>A sample is [1 + width]: the node's number, then its features. A network that sees the graph reads the number, one
/// that does not the rest.</remarks>
public interface INodeGraphSet
{
    /// <summary>The graph.</summary>
    /// <param name="root">The folder of its files.</param>
    /// <exception cref="DataFormatException">A file is missing, damaged, or not of the format.</exception>
    public NodeGraph Graph(string root);
}
