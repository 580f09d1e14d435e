using Retort.Reports.Plots;

namespace Retort.Tests.Reports;

public sealed class TicksTests
{
    [Theory]
    [InlineData(0, 1, 5, "0.0 0.2 0.4 0.6 0.8 1.0")]
    [InlineData(0, 20, 5, "0 5 10 15 20")]
    [InlineData(-3, 7, 5, "−2 0 2 4 6")]
    [InlineData(0.912, 0.938, 5, "0.915 0.920 0.925 0.930 0.935")]
    [InlineData(0, 4_000_000, 4, "0 1,000,000 2,000,000 3,000,000 4,000,000")]
    public void Linear_ticks_are_round_and_equally_precise(double from, double to, int wanted, string expected) =>
        Assert.Equal(expected, string.Join(' ', Ticks.Linear(from, to, wanted, ValueFormat.Number).Select(t => t.Label)));

    [Fact]
    public void Percentages_get_the_decimals_they_need() => Assert.Equal(
        ["91.5\u202F%", "92.0\u202F%", "92.5\u202F%"],
        Ticks.Linear(0.915, 0.925, 2, ValueFormat.Percent).Select(t => t.Label));

    [Theory]
    [InlineData(1, 1e6, "1 10 100 1 k 10 k 100 k 1 M")]
    [InlineData(20_000, 900_000, "20 k 50 k 100 k 200 k 500 k")]
    [InlineData(1, 4, "1 1.5 2 3")]
    public void Logarithmic_ticks_are_powers_of_ten_and_what_lies_between(double from, double to, string expected) =>
        Assert.Equal(expected, string.Join(' ', Ticks.Logarithmic(from, to, ValueFormat.Compact).Select(t =>
            t.Label.Replace('\u202F', ' '))));

    [Fact]
    public void A_range_of_three_hundred_decades_stays_readable() =>
        Assert.InRange(Ticks.Logarithmic(1e-150, 1e150, ValueFormat.Number).Count, 3, 10);

    [Theory]
    [InlineData(double.NaN, 1)]
    [InlineData(0, double.PositiveInfinity)]
    [InlineData(1e300, 1e300)]
    public void A_range_without_ticks_has_none_or_few(double from, double to) =>
        Assert.InRange(Ticks.Linear(from, to, 5, ValueFormat.Number).Count, 0, 12);

    [Fact]
    public void A_scale_ends_at_round_values_and_keeps_what_was_fixed()
    {
        Scale scale = Scale.Over(new Axis { Minimum = 0 }, [0.2, 0.93], 0, 100, 5);
        Assert.Equal(0, scale.Minimum);
        Assert.Equal(1, scale.Maximum, 1e-12);
        Assert.Equal(93, scale.Map(0.93), 1e-9);
    }

    [Theory]
    [InlineData(272_474, "272 k")]
    [InlineData(999_600, "1 M")]
    [InlineData(1_090_000, "1.09 M")]
    [InlineData(12, "12")]
    [InlineData(0.739, "0.739")]
    public void Counts_are_short(double value, string expected) =>
        Assert.Equal(expected, Figures.Compact(value).Replace('\u202F', ' '));

    [Theory]
    [InlineData(0.84, "0.8 s")]
    [InlineData(171.4, "2 min 51 s")]
    [InlineData(7800, "2 h 10 min")]
    [InlineData(double.NaN, "–")]
    public void Durations_are_read_at_a_glance(double seconds, string expected) =>
        Assert.Equal(expected, Figures.Duration(seconds).Replace('\u202F', ' '));

    [Fact]
    public void Text_is_cut_to_fit_and_never_wider()
    {
        Assert.Equal("short", TextMetrics.Fit("short", 11, 100));
        string cut = TextMetrics.Fit(new string('m', 100), 11, 60);
        Assert.EndsWith("…", cut, StringComparison.Ordinal);
        Assert.True(TextMetrics.Width(cut, 11) <= 60);
        Assert.Equal("", TextMetrics.Fit("anything", 11, 2));
    }
}
