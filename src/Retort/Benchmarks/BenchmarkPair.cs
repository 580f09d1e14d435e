using System.Diagnostics;
using Retort.Evaluation;

namespace Retort.Benchmarks;

/// <summary>Measures our side of a benchmark and a peer's in turn, so that both see the same machine.</summary>
/// <remarks>
/// Each round runs both for the same number of steps, ours first in every other round; a ratio is taken within a round and the
/// median
/// over rounds. What slows the machine for a while slows both, and a single disturbed round does not count.
/// </remarks>
public static class BenchmarkPair
{
    private const int LargestRound = 1_000_000;

    /// <summary>Runs a benchmark.</summary>
    /// <param name="benchmark">What is measured.</param>
    /// <param name="ours">Our side.</param>
    /// <param name="peer">Does N steps and gives the seconds they took; null to measure our side alone.</param>
    /// <param name="peerName">What the peer is called.</param>
    /// <param name="options">How much is measured; null for the defaults.</param>
    /// <param name="cancellation">Looked at between rounds.</param>
    public static BenchmarkRow Measure(
        Benchmark benchmark, IBenchmarkStep ours, Func<int, double>? peer = null, string? peerName = null,
        BenchmarkOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(benchmark);
        ArgumentNullException.ThrowIfNull(ours);
        options ??= new BenchmarkOptions();
        int steps = StepsOfARound(ours, options);
        peer?.Invoke(Math.Max(1, steps / 10));
        var mine = new double[options.Rounds];
        var theirs = new double[options.Rounds];
        for (int round = 0; round < options.Rounds; round++)
        {
            cancellation.ThrowIfCancellationRequested();
            bool oursFirst = round % 2 == 0;
            if (oursFirst)
                mine[round] = Seconds(ours, steps);
            if (peer is not null)
                theirs[round] = peer(steps);
            if (!oursFirst)
                mine[round] = Seconds(ours, steps);
        }

        double toMs = 1000.0 / ((double)steps * benchmark.CallsPerStep), ourMs = MeanAndSpread.Median(mine) * toMs;
        if (peer is null)
        {
            return new BenchmarkRow(
                benchmark.Name, ourMs, null, null, null, null, null, benchmark.Target, options.Rounds, steps);
        }

        double[] ratios = [.. mine.Zip(theirs, (a, b) => a / b)];
        return new BenchmarkRow(
            benchmark.Name, ourMs, peerName, MeanAndSpread.Median(theirs) * toMs, MeanAndSpread.Median(ratios), ratios.Min(),
            ratios.Max(), benchmark.Target, options.Rounds, steps);
    }

    private static int StepsOfARound(IBenchmarkStep ours, BenchmarkOptions options)
    {
        // The first steps compile code and fill caches.
        ours.Run(3);
        int steps = 1;
        double seconds;
        while ((seconds = Seconds(ours, steps)) < options.RoundSeconds / 4 && steps < LargestRound)
            steps *= 2;
        return (int)Math.Clamp(steps * options.RoundSeconds / seconds, 1, LargestRound);
    }

    private static double Seconds(IBenchmarkStep ours, int steps)
    {
        long begin = Stopwatch.GetTimestamp();
        ours.Run(steps);
        return Stopwatch.GetElapsedTime(begin).TotalSeconds;
    }
}

/// <summary>How much a benchmark measures.</summary>
public sealed record BenchmarkOptions
{
    private readonly int _rounds = 31;
    private readonly double _roundSeconds = 0.1;

    /// <summary>How often both sides run, at least 1.</summary>
    public int Rounds
    {
        get => _rounds;
        init => _rounds = value >= 1 ? value
            : throw new ArgumentOutOfRangeException(nameof(Rounds), value, "at least one round is needed.");
    }

    /// <summary>About how long our side runs in a round, in seconds; above 0. A round has at least one step.</summary>
    public double RoundSeconds
    {
        get => _roundSeconds;
        init => _roundSeconds = value > 0 ? value
            : throw new ArgumentOutOfRangeException(nameof(RoundSeconds), value, "a round must last longer than 0 s.");
    }
}
