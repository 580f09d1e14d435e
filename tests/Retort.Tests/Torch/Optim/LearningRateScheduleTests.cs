using System.Text.Json;
using Retort.Torch;
using Retort.Torch.Optim;

namespace Retort.Tests.Torch.Optim;

public sealed class LearningRateScheduleTests
{
    private static readonly Dictionary<string, LearningRateSchedule> Ours = new()
    {
        ["constant"] = new ConstantRate(),
        ["step"] = new StepRate(7) { Gamma = 0.3 },
        ["multi-step"] = new MultiStepRate(6, 15, 22),
        ["exponential"] = new ExponentialRate(0.93),
        ["cosine"] = new CosineRate(30),
        ["cosine-floor"] = new CosineRate(30) { Floor = 0.05 },
        ["linear"] = new LinearRate(30) { Floor = 0.1 },
        ["polynomial"] = new PolynomialRate(30) { Power = 2.5 },
        ["one-cycle"] = new OneCycleRate(31),
        ["one-cycle-linear"] = new OneCycleRate(31) { RisingShare = 0.4, Lines = true, StartDivisor = 10, FinalDivisor = 100 },
        ["warm-cosine"] = new CosineRate(30) { WarmUp = 5, WarmUpStart = 0.1 },
        ["warm-exponential"] = new ExponentialRate(0.9) { WarmUp = 5, WarmUpStart = 0.25 },
    };

    public static TheoryData<string> Recorded => [.. RecordedCases.Schedules.Select(c => c.GetProperty("name").GetString()!)];

    [Theory, MemberData(nameof(Recorded))]
    public void Rates_equal_the_recorded_ones(string name)
    {
        JsonElement recorded = RecordedCases.Schedule(name);
        double start = recorded.GetProperty("base").GetDouble();
        int step = 0;
        foreach (JsonElement rate in recorded.GetProperty("rates").EnumerateArray())
            Assert.Equal(rate.GetDouble(), start * Ours[name].FactorAt(step++), 1e-14);
        Assert.Equal(31, step);
    }

    [Fact]
    public void Counted_in_epochs_a_rate_changes_once_an_epoch()
    {
        LearningRateSchedule schedule = new ExponentialRate(0.5) { Unit = ScheduleUnit.Epoch };
        Assert.Equal([1, 1, 1, 0.5, 0.5, 0.5, 0.25], Enumerable.Range(0, 7).Select(step => schedule.FactorAt(step, stepsPerEpoch: 3)));
    }

    [Theory]
    [InlineData(30), InlineData(1000)]
    public void After_its_end_a_schedule_stays_at_its_floor(long step)
    {
        Assert.Equal(0.2, new CosineRate(30) { Floor = 0.2 }.FactorAt(step), 1e-15);
        Assert.Equal(0.2, new LinearRate(30) { Floor = 0.2 }.FactorAt(step), 1e-15);
        Assert.Equal(0.2, new PolynomialRate(30) { Floor = 0.2 }.FactorAt(step), 1e-15);
        Assert.Equal(1 / 25.0 / 1e4, new OneCycleRate(30).FactorAt(step), 1e-15);
    }

    [Fact]
    public void Milestones_count_from_the_beginning_even_with_a_warm_up()
    {
        LearningRateSchedule schedule = new MultiStepRate(10) { WarmUp = 4, WarmUpStart = 0.2 };
        Assert.Equal(0.2, schedule.FactorAt(0), 1e-15);
        Assert.Equal(0.6, schedule.FactorAt(2), 1e-15);
        Assert.Equal(1, schedule.FactorAt(9), 1e-15);
        Assert.Equal(0.1, schedule.FactorAt(10), 1e-15);
    }

    [Fact]
    public void Each_group_gets_the_factor_of_its_own_initial_rate()
    {
        using var scope = new TensorScope();
        ParameterGroup[] groups = [new([Tensor.Zeros(1)]), new([Tensor.Zeros(1)], learningRate: 0.5)];
        using var optimizer = new Sgd(groups, new SgdOptions { LearningRate = 2 });
        LearningRateSchedule schedule = new LinearRate(4);
        schedule.Apply(optimizer, 3);
        schedule.Apply(optimizer, 1);
        Assert.Equal([1.5, 0.375], groups.Select(group => group.LearningRate));
    }

    [Fact]
    public void Settings_out_of_range_are_named_with_their_value()
    {
        Assert.Equal(
            "Floor is 2; it must be in [0, 1]. (Parameter 'Floor')\nActual value was 2.",
            Assert.Throws<ArgumentOutOfRangeException>(() => new CosineRate(10) { Floor = 2 }).Message.ReplaceLineEndings("\n"));
        Assert.Throws<ArgumentOutOfRangeException>(() => new CosineRate(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new StepRate(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new OneCycleRate(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ConstantRate { WarmUp = -1 });
        Assert.Throws<ArgumentException>(() => new MultiStepRate(5, 5));
        Assert.Throws<InvalidOperationException>(() => new OneCycleRate(10) { WarmUp = 2 }.FactorAt(0));
    }
}
