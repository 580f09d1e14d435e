namespace Retort.Benchmarks;

/// <summary>The clock as opponent: each step is allowed so much time, and the ratio says how much of it is used.</summary>
/// <param name="Seconds">What a step may take, above 0.</param>
public sealed record TimeLimit(double Seconds) : BenchmarkOpponent
{
    /// <inheritdoc/>
    public override bool IsAtHand => true;

    /// <inheritdoc/>
    public override IBenchmarkPeer Open(string? scripts, int threads) => new Peer(Seconds);

    private sealed class Peer(double seconds) : IBenchmarkPeer
    {
        public string Name => "limit";

        public double Run(int steps) => steps * seconds;

        public void Dispose()
        {
        }
    }
}
