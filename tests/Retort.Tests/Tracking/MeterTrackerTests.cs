using System.Diagnostics.Metrics;
using Retort.Tracking;

namespace Retort.Tests.Tracking;

public sealed class MeterTrackerTests
{
    [Fact]
    public void Figures_are_gauges_with_their_stage_and_seed()
    {
        var heard = new List<string>();
        using var tracker = new MeterTracker();
        using MeterListener listener = Listen(heard);
        tracker.Scalars(
            new TrackPoint("meter-test", 3, 20, 0.5, 1.5), [new("loss/kd", 0.25), new("test/accuracy", double.NaN)]);
        tracker.Scalars(new TrackPoint("meter-test", null, 21, 1, 2), [new("rate", double.PositiveInfinity)]);
        Assert.Equal(
            [
                "retort.step=20 [retort.stage=meter-test, retort.seed=3]",
                "retort.epoch=0.5 [retort.stage=meter-test, retort.seed=3]",
                "retort.loss.kd=0.25 [retort.stage=meter-test, retort.seed=3]",
                "retort.test.accuracy=NaN [retort.stage=meter-test, retort.seed=3]",
                "retort.step=21 [retort.stage=meter-test]",
                "retort.epoch=1 [retort.stage=meter-test]",
                "retort.rate=Infinity [retort.stage=meter-test]",
            ],
            heard);
    }

    [Theory]
    [InlineData("train/loss", "retort.train.loss")]
    [InlineData("grösse (µ)", "retort.gr_sse____")]
    public void Names_are_what_OpenTelemetry_allows(string figure, string expected) =>
        Assert.Equal(expected, MeterTracker.InstrumentName(figure));

    [Fact]
    public void Long_names_are_cut_to_what_is_allowed() =>
        Assert.Equal(255, MeterTracker.InstrumentName(new string('x', 400)).Length);

    [Fact]
    public void Names_with_control_characters_are_refused()
    {
        using var tracker = new MeterTracker();
        Assert.Throws<ArgumentException>(() => tracker.Scalars(new TrackPoint("s", 0, 0, 0, 0), [new("a\nb", 1)]));
    }

    // Other tests' trackers have the same meter, so only what carries this test's stage counts.
    private static MeterListener Listen(List<string> heard)
    {
        var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name == MeterTracker.MeterName)
                self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<double>((i, value, tags, _) => Hear(i.Name, value, tags));
        listener.SetMeasurementEventCallback<long>((i, value, tags, _) => Hear(i.Name, value, tags));
        listener.Start();
        return listener;

        void Hear(string name, IFormattable value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            string text = string.Join(", ", tags.ToArray().Select(t => $"{t.Key}={t.Value}"));
            if (text.Contains("meter-test", StringComparison.Ordinal))
                heard.Add(FormattableString.Invariant($"{name}={value} [{text}]"));
        }
    }
}
