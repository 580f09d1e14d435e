using Retort.Tracking;

namespace Retort.Tests.Tracking;

public sealed class JsonlTrackerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string File => _folder["run/metrics.jsonl"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_line_is_one_object_with_its_moment_and_values()
    {
        using (var tracker = new JsonlTracker(File))
            tracker.Scalars(new TrackPoint("teacher", 0, 12, 0.5, 3.25), [new("loss/kd", 0.1), new("accuracy", 1)]);
        Assert.Equal(
            """{"step":12,"epoch":0.5,"wall_s":3.25,"stage":"teacher","seed":0,"values":{"loss/kd":0.1,"accuracy":1}}""" + "\n",
            System.IO.File.ReadAllText(File));
    }

    [Fact]
    public void Records_come_back_with_NaN_and_infinities_kept_apart()
    {
        using (var tracker = new JsonlTracker(File))
        {
            tracker.Scalars(At("a", 1), [new("x", double.NaN), new("y", double.NegativeInfinity),
                new("z", double.PositiveInfinity)]);
            tracker.Text(At("\"é\" <b>", 2), "sample", "line\nfeed 😀");
        }

        MetricRecord[] records = [.. MetricsLog.Read(File)];
        Assert.Equal([double.NaN, double.NegativeInfinity, double.PositiveInfinity], records[0].Values.Values);
        Assert.Equal("\"é\" <b>", records[1].At.Stage);
        Assert.Null(records[1].At.Seed);
        Assert.Equal("line\nfeed 😀", records[1].Texts["sample"]);
    }

    [Fact]
    public void A_torn_last_line_is_cut_off_and_writing_goes_on()
    {
        Log("a", 1, 2);
        System.IO.File.AppendAllText(File, "{\"step\":3,\"epo");
        Assert.Equal([1, 2], MetricsLog.Read(File).Select(r => r.At.Step));
        Log("a", 3);
        Assert.Equal([1, 2, 3], MetricsLog.Read(File).Select(r => r.At.Step));
    }

    [Fact]
    public void A_torn_line_longer_than_a_block_is_cut_off_too()
    {
        Log("a", 1);
        System.IO.File.AppendAllText(File, new string('x', 10_000));
        Log("a", 2);
        Assert.Equal([1, 2], MetricsLog.Read(File).Select(r => r.At.Step));
    }

    [Fact]
    public void Rewinding_drops_only_that_stage_and_seed_beyond_the_step()
    {
        using (var tracker = new JsonlTracker(File))
        {
            foreach (long seed in new long[] { 0, 1 })
            {
                foreach (long step in new long[] { 1, 2, 3 })
                    tracker.Scalars(new TrackPoint("student", seed, step, 0, 0), [new("x", step)]);
            }

            tracker.Scalars(At("teacher", 9), [new("x", 9)]);
            tracker.Rewind("student", 1, 2);
            tracker.Scalars(new TrackPoint("student", 1, 3, 0, 0), [new("x", 33)]);
        }

        Assert.Equal([1, 2, 3, 1, 2, 9, 33], MetricsLog.Read(File).Select(r => r.Values["x"]));
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(File)!));
    }

    [Fact]
    public void Rewinding_to_before_the_start_forgets_the_stage_and_damaged_lines()
    {
        Log("a", 0, 1);
        System.IO.File.AppendAllText(File, "\0\0\0\n");
        using (var tracker = new JsonlTracker(File))
            tracker.Rewind("a", null, -1);
        Assert.Equal("", System.IO.File.ReadAllText(File));
    }

    [Fact]
    public void Flushed_records_are_in_the_file_while_it_is_open()
    {
        using var tracker = new JsonlTracker(File);
        tracker.Scalars(At("a", 1), [new("x", 1)]);
        tracker.Flush();
        Assert.Single(MetricsLog.Read(File));
    }

    [Fact]
    public void Steps_do_not_wait_for_the_file()
    {
        using var tracker = new JsonlTracker(File, new StoppedClock());
        tracker.Scalars(At("a", 1), [new("x", 1)]);
        Assert.Empty(MetricsLog.Read(File));
    }

    [Fact]
    public void A_damaged_line_in_the_middle_is_named()
    {
        Log("a", 1);
        System.IO.File.AppendAllText(File, "{\"step\":\"two\"}\n");
        Log("a", 3);
        var error = Assert.Throws<InvalidDataException>(() => MetricsLog.Read(File).Count());
        Assert.Contains("metrics.jsonl:2: not a record of metrics: 'stage' is missing.", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[1]")]
    [InlineData("{\"stage\":1,\"step\":1,\"epoch\":0,\"wall_s\":0}")]
    [InlineData("{\"stage\":\"a\",\"step\":1.5,\"epoch\":0,\"wall_s\":0}")]
    [InlineData("{\"stage\":\"a\",\"step\":1,\"epoch\":true,\"wall_s\":0}")]
    [InlineData("{\"stage\":\"a\",\"step\":1,\"epoch\":0,\"wall_s\":0,\"values\":7}")]
    public void Hostile_lines_are_refused_by_type(string line)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(File)!);
        System.IO.File.WriteAllText(File, line + "\n" + line + "\n");
        Assert.Throws<InvalidDataException>(() => MetricsLog.Read(File).Count());
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\nb")]
    public void A_name_that_would_break_a_file_is_refused(string name)
    {
        using var tracker = new JsonlTracker(File);
        Assert.Throws<ArgumentException>(() => tracker.Scalars(At("a", 1), [new(name, 1)]));
    }

    private static TrackPoint At(string stage, long step) => new(stage, null, step, 0, 0);

    private void Log(string stage, params long[] steps)
    {
        using var tracker = new JsonlTracker(File);
        foreach (long step in steps)
            tracker.Scalars(At(stage, step), [new("x", step)]);
    }

    private sealed class StoppedClock : TimeProvider
    {
        public override long GetTimestamp() => 0;
    }
}
