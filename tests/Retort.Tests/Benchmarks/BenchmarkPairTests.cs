using Retort.Benchmarks;

namespace Retort.Tests.Benchmarks;

public sealed class BenchmarkPairTests
{
    private static readonly Benchmark Any = new("any", "for tests", 0.5, 10, new TimeLimit(1), () => new Sleeper([]));

    [Fact]
    public void Both_sides_run_in_turn_and_each_goes_first_as_often()
    {
        var order = new List<string>();
        var ours = new Sleeper(order);
        BenchmarkRow row = BenchmarkPair.Measure(
            Any, ours, steps => Answer(order, steps, 0.004), "fake 1.0", new BenchmarkOptions { Rounds = 4, RoundSeconds = 1e-3 });
        Assert.Equal(["ours", "peer", "peer", "ours", "ours", "peer", "peer", "ours"], order[^8..]);
        Assert.Equal((4, "fake 1.0", "any", 0.5), (row.Rounds, row.Peer, row.Name, row.Target));
        // Ours takes at least a millisecond a step, the peer says four: times are per call, ten to a step.
        Assert.Equal(0.4, row.PeerMedianMs!.Value, 1e-9);
        Assert.InRange(row.MedianMs, 0.1, 10);
        Assert.InRange(row.RatioMedian!.Value, row.RatioMin!.Value, row.RatioMax!.Value);
        Assert.InRange(row.RatioMin!.Value, 0.2, 10);
    }

    [Theory]
    [InlineData(0.5, false), InlineData(0.51, true)]
    public void A_ratio_above_the_target_misses_it(double ratio, bool missed) =>
        Assert.Equal(missed, Row(ratio).IsMissed());

    [Fact]
    public void Alone_it_has_no_ratio_and_misses_nothing()
    {
        BenchmarkRow row = BenchmarkPair.Measure(Any, new Sleeper([]), options: new BenchmarkOptions { Rounds = 1, RoundSeconds = 1e-3 });
        Assert.Null(row.RatioMedian);
        Assert.False(row.IsMissed());
    }

    [Fact]
    public void A_limit_allows_each_step_its_time()
    {
        using IBenchmarkPeer limit = new TimeLimit(0.25).Open(scripts: null, threads: 1);
        Assert.Equal(("limit", 0.75), (limit.Name, limit.Run(3)));
    }

    [Fact]
    public void A_loop_of_our_own_is_timed_and_freed()
    {
        var order = new List<string>();
        var loop = new Sleeper(order);
        using (IBenchmarkPeer peer = new OwnLoop("by hand", () => loop).Open(scripts: null, threads: 1))
            Assert.InRange(peer.Run(20), 0.02, 5);
        Assert.Equal((2, true), (order.Count, loop.IsDisposed));
    }

    [Fact]
    public void Rows_are_printed_under_the_agreed_names()
    {
        string json = BenchmarkRow.ToJson([Row(0.25)]).ReplaceLineEndings("\n");
        Assert.Equal(
            """
            [
              {
                "name": "any",
                "median_ms": 1.5,
                "peer": "fake 1.0",
                "peer_median_ms": 6,
                "ratio_median": 0.25,
                "ratio_min": 0.2,
                "ratio_max": 0.3,
                "target": 0.5,
                "rounds": 4,
                "steps_per_round": 7
              }
            ]
            """.ReplaceLineEndings("\n"), json);
    }

    [Fact]
    public void A_report_survives_writing_and_reading()
    {
        string folder = Directory.CreateTempSubdirectory("retort-bench-").FullName;
        try
        {
            string path = Path.Combine(folder, "results", "today.json");
            var report = new BenchmarkReport("2026-01-31", "abc123", "A processor", 2, 2, "1.13.1", [Row(0.25)]);
            report.Save(path);
            BenchmarkReport read = BenchmarkReport.Load(path);
            Assert.Equal(report with { Rows = read.Rows }, read);
            Assert.Equal(report.Rows, read.Rows);
            Assert.Contains("| any | 1.5 | fake 1.0 | 6 | 0.25 | 0.20 … 0.30 | 0.50 |", read.ToMarkdown(), StringComparison.Ordinal);

            File.WriteAllText(path, """{"date": "2026-01-31"}""");
            Assert.StartsWith(path, Assert.Throws<InvalidDataException>(() => BenchmarkReport.Load(path)).Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static BenchmarkRow Row(double ratio) => new("any", 1.5, "fake 1.0", 6, ratio, 0.2, 0.3, 0.5, 4, 7);

    private static double Answer(List<string> order, int steps, double secondsPerStep)
    {
        order.Add("peer");
        return steps * secondsPerStep;
    }

    private sealed class Sleeper(List<string> order) : IBenchmarkStep
    {
        public void Run(int steps)
        {
            order.Add("ours");
            Thread.Sleep(steps);
        }

        public bool IsDisposed { get; private set; }

        public void Dispose() => IsDisposed = true;
    }
}
