using Retort.Tracking;

namespace Retort.Tests.Tracking;

public sealed class TrackersTests
{
    [Fact]
    public void Everything_reaches_every_tracker_in_order()
    {
        var calls = new List<string>();
        using (var trackers = new Trackers(new Recorder("a", calls), new Recorder("b", calls)))
        {
            trackers.Scalars(default, [new("x", 1)]);
            trackers.Text(default, "t", "");
            trackers.Histogram(default, "h", [1]);
            trackers.Rewind("s", 0, 1);
            trackers.Flush();
        }

        string[] expected = ["scalars", "text", "rewind", "flush", "dispose"];
        Assert.Equal(expected.SelectMany(c => new[] { "a " + c, "b " + c }), calls);
    }

    [Fact]
    public void One_that_cannot_close_does_not_keep_the_others_open()
    {
        var calls = new List<string>();
        var trackers = new Trackers(new Recorder("a", calls) { FailsToClose = true }, new Recorder("b", calls));
        Assert.Equal("disk full", Assert.Throws<IOException>(trackers.Dispose).Message);
        Assert.Equal(["a dispose", "b dispose"], calls);
    }

    private sealed class Recorder(string name, List<string> calls) : ITracker
    {
        public bool FailsToClose { get; init; }

        public void Scalars(in TrackPoint at, ReadOnlySpan<Metric> values) => calls.Add(name + " scalars");

        public void Text(in TrackPoint at, string name1, string text) => calls.Add(name + " text");

        public void Rewind(string stage, long? seed, long step) => calls.Add(name + " rewind");

        public void Flush() => calls.Add(name + " flush");

        public void Dispose()
        {
            calls.Add(name + " dispose");
            if (FailsToClose)
                throw new IOException("disk full");
        }
    }
}
