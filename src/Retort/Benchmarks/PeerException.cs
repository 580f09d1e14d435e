namespace Retort.Benchmarks;

/// <summary>The peer of a benchmark could not be started, or stopped answering.</summary>
public sealed class PeerException : Exception
{
    /// <summary>Says what happened.</summary>
    public PeerException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
