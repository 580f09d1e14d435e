using System.Diagnostics;

namespace Retort.Benchmarks;

/// <summary>An opponent in this process: the same work written by hand on the engine, without what is measured.</summary>
/// <param name="Name">What it is called beside its times.</param>
/// <param name="Prepare">Makes it.</param>
public sealed record OwnLoop(string Name, Func<IBenchmarkStep> Prepare) : BenchmarkOpponent
{
    /// <inheritdoc/>
    public override bool IsAtHand => true;

    /// <inheritdoc/>
    public override IBenchmarkPeer Open(string? scripts, int threads)
    {
        IBenchmarkStep step = Prepare();
        // As our own side, it is warm before the first round.
        step.Run(3);
        return new Peer(Name, step);
    }

    private sealed class Peer(string name, IBenchmarkStep step) : IBenchmarkPeer
    {
        public string Name => name;

        public double Run(int steps)
        {
            long begin = Stopwatch.GetTimestamp();
            step.Run(steps);
            return Stopwatch.GetElapsedTime(begin).TotalSeconds;
        }

        public void Dispose() => step.Dispose();
    }
}
