namespace Retort.Recipes.Schedules;

/// <summary>A straight line up to the start of another schedule, which then has the rest of the training.</summary>
[Named("warmup")]
public sealed record WarmupSchedule : Schedule
{
    /// <summary>How long the warm-up takes.</summary>
    public required Duration For { get; init; }

    /// <summary>The value at the start.</summary>
    public double From { get; init; }

    /// <summary>What follows. Its training is the rest: its own durations count from the end of the warm-up.</summary>
    public Schedule Then { get; init; } = Constant(1);

    /// <inheritdoc/>
    public override (double Least, double Greatest) Bounds =>
        (Math.Min(From, Then.Bounds.Least), Math.Max(From, Then.Bounds.Greatest));

    /// <inheritdoc/>
    public override double At(StepClock clock)
    {
        // Whole steps, so that what follows sees a whole clock.
        long length = (long)Math.Clamp(Math.Ceiling(For.ToSteps(clock)), 0, long.MaxValue / 2);
        var rest = new StepClock(Math.Max(0, clock.Step - length), Math.Max(0, clock.TotalSteps - length), clock.StepsPerEpoch);
        double after = Then.At(rest);
        return clock.Step >= length ? after : From + (after - From) * clock.Step / length;
    }
}
