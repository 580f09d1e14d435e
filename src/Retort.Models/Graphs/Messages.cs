using Retort.Torch;

namespace Retort.Models.Graphs;

/// <summary>The edges that a network's layers send messages along while it runs; its layers share one.</summary>
internal sealed class Messages
{
    private (Tensor Source, Tensor Target, Tensor? Weight)? _edges;

    /// <summary>Lets messages go along these edges until the result is disposed.</summary>
    /// <param name="source">int64 [E].</param>
    /// <param name="target">int64 [E].</param>
    /// <param name="weight">What a message is multiplied by, [E, 1], or null for 1.</param>
    public IDisposable Along(Tensor source, Tensor target, Tensor? weight = null)
    {
        _edges = (source, target, weight);
        return new End(this);
    }

    /// <summary>What arrives at each node, added: [M, D] → [M, D].</summary>
    public Tensor Sum(Tensor nodes)
    {
        (Tensor source, Tensor target, Tensor? weight) = _edges
            ?? throw new InvalidOperationException("a graph layer runs only inside its network, which knows the edges.");
        Tensor sent = nodes.IndexSelect(0, source);
        if (weight is not null)
            sent *= weight;
        return nodes.ZerosLike().IndexAdd(0, target, sent);
    }

    private sealed class End(Messages messages) : IDisposable
    {
        public void Dispose() => messages._edges = null;
    }
}
