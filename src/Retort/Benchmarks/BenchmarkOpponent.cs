namespace Retort.Benchmarks;

/// <summary>What a benchmark is measured against: another program, a loop of our own, or the clock.</summary>
public abstract record BenchmarkOpponent
{
    /// <summary>Whether it takes part without being asked for: it needs nothing that is not in this program.</summary>
    public abstract bool IsAtHand { get; }

    /// <summary>Makes it ready to run in turn with us.</summary>
    /// <param name="scripts">The folder <c>benchmarks/pytorch</c>; null where it is not known.</param>
    /// <param name="threads">How many threads it may use, at least 1.</param>
    /// <exception cref="PeerException">It did not start.</exception>
    public abstract IBenchmarkPeer Open(string? scripts, int threads);
}
