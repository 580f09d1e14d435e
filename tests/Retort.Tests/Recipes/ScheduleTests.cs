using Retort.Recipes;
using Retort.Recipes.Schedules;

namespace Retort.Tests.Recipes;

public sealed class ScheduleTests
{
    [Theory]
    // 100 steps in epochs of 10.
    [InlineData("3", 50, 3)]
    [InlineData("{ constant: 3 }", 50, 3)]
    [InlineData("{ constant: { value: 3 } }", 50, 3)]
    [InlineData("linear", 25, 0.75)]
    [InlineData("{ linear: { from: 4, to: 2, after: 2 epochs, for: 40 steps } }", 20, 4)]
    [InlineData("{ linear: { from: 4, to: 2, after: 2 epochs, for: 40 steps } }", 30, 3.5)]
    [InlineData("{ linear: { from: 4, to: 2, after: 2 epochs, for: 40 steps } }", 60, 2)]
    [InlineData("{ linear: { from: 4, to: 2, after: 2 epochs, for: 40 steps } }", 99, 2)]
    [InlineData("{ linear: { from: 4, to: 2, after: 50%, for: 0% } }", 49, 4)]
    [InlineData("{ linear: { from: 4, to: 2, after: 50%, for: 0% } }", 50, 2)]
    [InlineData("cosine", 0, 1)]
    [InlineData("cosine", 50, 0.5)]
    [InlineData("cosine", 100, 0)]
    [InlineData("{ cosine: { from: 0.4 } }", 25, 0.341421356237309)]
    [InlineData("{ exponential: { from: 8, to: 2 } }", 50, 4)]
    [InlineData("{ polynomial: { from: 1, to: 0, power: 2 } }", 50, 0.25)]
    [InlineData("sigmoid-ramp", 50, 0.2865047968601901)]
    [InlineData("{ step: { every: 30 steps } }", 29, 1)]
    [InlineData("{ step: { every: 30 steps } }", 60, 0.01)]
    [InlineData("{ step: { from: 2, factor: 0.5, at: [6 epochs, 80%] } }", 59, 2)]
    [InlineData("{ step: { from: 2, factor: 0.5, at: [6 epochs, 80%] } }", 60, 1)]
    [InlineData("{ step: { from: 2, factor: 0.5, at: [6 epochs, 80%] } }", 80, 0.5)]
    [InlineData("{ piecewise: { at: [10 steps, 20 steps], values: [1, 3] } }", 5, 1)]
    [InlineData("{ piecewise: { at: [10 steps, 20 steps], values: [1, 3] } }", 15, 2)]
    [InlineData("{ piecewise: { at: [10 steps, 20 steps], values: [1, 3] } }", 90, 3)]
    [InlineData("{ warmup: { for: 1 epoch } }", 5, 0.5)]
    [InlineData("{ warmup: { for: 20 steps, then: cosine } }", 60, 0.5)]
    [InlineData("{ warmup: { for: 20 steps, then: cosine } }", 100, 0)]
    [InlineData("{ auto: { ratio: 2, shape: linear } }", 25, 1.5)]
    public void A_schedule_has_this_value_at_this_step(string schedule, long step, double expected)
    {
        string text = Fakes.Text.Replace("weight: 1.0", $"weight: {schedule}", StringComparison.Ordinal);
        var train = (Fakes.Train)Fakes.Bind(text).Require().Stages[2];
        Assert.Equal(expected, train.Criteria[0].Weight.At(new StepClock(step, 100, 10)), 1e-12);
    }

    [Theory]
    [InlineData("{ step: {} }", "a step schedule says neither 'every' nor 'at'")]
    [InlineData("{ step: { every: 1 epoch, at: [1 epoch] } }", "a step schedule says both 'every' and 'at'")]
    [InlineData("{ step: { every: 0 epochs } }", "a step schedule cannot change every 0 steps")]
    [InlineData("{ exponential: { to: 0 } }", "no constant ratio leads from 1 to 0")]
    [InlineData("{ piecewise: { at: [1 epoch], values: [1, 2] } }", "there are 2 values for 1 moments")]
    [InlineData("{ piecewise: { at: [2 epochs, 1 epoch], values: [1, 2] } }", "1 epoch does not come after 2 epochs")]
    [InlineData("{ linear: { for: 10 } }", "'for' is '10'")]
    [InlineData("{ linear: { for: -1 epochs } }", "'for' is '-1 epochs'")]
    [InlineData("{ warmup: { for: 1 epoch, then: auto } }", "'then' cannot be 'auto'")]
    [InlineData("{ warmup: { for: 1 epoch, from: -1 } }", "'weight' reaches -1")]
    public void A_schedule_that_cannot_be_is_refused(string schedule, string message)
    {
        string text = Fakes.Text.Replace("weight: 1.0", $"weight: {schedule}", StringComparison.Ordinal);
        Assert.Equal(message, Assert.Single(Fakes.Bind(text).Errors).Message);
    }

    [Theory]
    [InlineData("10 epochs", 10, DurationUnit.Epochs)]
    [InlineData("1 epoch", 1, DurationUnit.Epochs)]
    [InlineData("1e3 steps", 1000, DurationUnit.Steps)]
    [InlineData("12.5 %", 12.5, DurationUnit.Percent)]
    public void Durations_say_what_they_count(string text, double amount, DurationUnit unit)
    {
        Duration duration = Duration.Parse(text);
        Assert.Equal(new Duration(amount, unit), duration);
        Assert.Equal(duration, Duration.Parse(duration.ToString()));
    }

    [Theory]
    [InlineData("10")]
    [InlineData("epochs")]
    [InlineData("ten epochs")]
    [InlineData("10 weeks")]
    [InlineData("")]
    public void A_number_without_a_unit_is_no_duration(string text) => Assert.Throws<FormatException>(() => Duration.Parse(text));

    [Theory]
    [InlineData("layer3", "layer3", TapSide.Output)]
    [InlineData("blocks.5.attn@input", "blocks.5.attn", TapSide.Input)]
    [InlineData("@input", "", TapSide.Input)]
    [InlineData("fc@output", "fc", TapSide.Output)]
    public void Taps_name_a_module_and_a_side(string text, string path, TapSide side)
    {
        TapPath tap = TapPath.Parse(text);
        Assert.Equal((path, side), (tap.Path, tap.Side));
        Assert.Equal(tap, TapPath.Parse(tap.ToString()));
        Assert.Same(TapPath.LastFeature, TapPath.Parse("last-feature"));
    }

    [Fact]
    public void Seeds_are_ranges_or_lists()
    {
        Assert.Equal([0ul, 1, 2, 3, 4], Seeds.Parse("0..4"));
        Assert.Equal([7ul, 2, 3], Seeds.Parse("7, 2..3"));
        foreach (string wrong in new[] { "", "1..0", "-1", "0..99999999999999999999", "0..999999", "1,1", "a" })
            Assert.Throws<FormatException>(() => Seeds.Parse(wrong));
        Assert.Equal(new ConstantSchedule { Value = 3 }, (Schedule)3);
    }
}
