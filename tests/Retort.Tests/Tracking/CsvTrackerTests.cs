using Retort.Tracking;

namespace Retort.Tests.Tracking;

public sealed class CsvTrackerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_figure_is_a_line_below_one_header_also_after_reopening()
    {
        string path = _folder["metrics.csv"];
        for (int step = 1; step <= 2; step++)
        {
            using var tracker = new CsvTracker(path);
            tracker.Scalars(new TrackPoint("a,\"b\"", step == 1 ? null : 7, step, 0.25, 1),
                [new("loss", 0.1), new("nan", double.NaN)]);
        }

        Assert.Equal(
            "stage,seed,step,epoch,wall_s,name,value\n"
            + "\"a,\"\"b\"\"\",,1,0.25,1,loss,0.1\n\"a,\"\"b\"\"\",,1,0.25,1,nan,NaN\n"
            + "\"a,\"\"b\"\"\",7,2,0.25,1,loss,0.1\n\"a,\"\"b\"\"\",7,2,0.25,1,nan,NaN\n",
            File.ReadAllText(path));
    }

    [Fact]
    public void Rewinding_keeps_the_header_and_other_seeds()
    {
        string path = _folder["metrics.csv"];
        using (var tracker = new CsvTracker(path))
        {
            tracker.Scalars(new TrackPoint("a,\"b\"", 7, 1, 0, 0), [new("x", 1)]);
            tracker.Scalars(new TrackPoint("a,\"b\"", 7, 2, 0, 0), [new("x", 2)]);
            tracker.Scalars(new TrackPoint("a,\"b\"", null, 2, 0, 0), [new("x", 3)]);
            tracker.Rewind("a,\"b\"", 7, 1);
        }

        string[] lines = File.ReadAllLines(path);
        Assert.Equal(3, lines.Length);
        Assert.StartsWith("stage,", lines[0], StringComparison.Ordinal);
        Assert.EndsWith("x,1", lines[1], StringComparison.Ordinal);
        Assert.EndsWith("x,3", lines[2], StringComparison.Ordinal);
    }
}
