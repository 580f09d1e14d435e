using Retort.Tracking;

namespace Retort.Tests.Docs;

/// <summary>The code of docs/trackers.md.</summary>
public sealed class TrackerSampleTests
{
    [Fact]
    public void The_example_keeps_the_newest_value_and_forgets_what_comes_again()
    {
        using var newest = new NewestFigures();
        newest.Scalars(new TrackPoint("teacher", 1, 10, 1, 1), [new("loss", 2), new("accuracy", 0.5)]);
        newest.Scalars(new TrackPoint("teacher", 1, 20, 2, 2), [new("loss", 1)]);
        newest.Scalars(new TrackPoint("student", 1, 20, 2, 2), [new("loss", 3)]);
        Assert.Equal(1, newest.Values["teacher/1/loss"]);
        newest.Rewind("teacher", 1, 5);
        Assert.Equal(["student/1/loss"], newest.Values.Keys);
    }
}
