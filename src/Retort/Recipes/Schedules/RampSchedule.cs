namespace Retort.Recipes.Schedules;

/// <summary>A way from one value to another during a stretch of training; it stays at either end outside the stretch.</summary>
public abstract record RampSchedule : Schedule
{
    /// <summary>The value before and at the start of the stretch.</summary>
    public double From { get; init; } = 1;

    /// <summary>The value at and after the end of the stretch.</summary>
    public double To { get; init; }

    /// <summary>When the stretch starts. The default is the start of training.</summary>
    public Duration After { get; init; } = new(0, DurationUnit.Percent);

    /// <summary>How long the stretch is. The default is the rest of the training.</summary>
    public Duration? For { get; init; }

    /// <inheritdoc/>
    public override (double Least, double Greatest) Bounds => (Math.Min(From, To), Math.Max(From, To));

    /// <inheritdoc/>
    public override double At(StepClock clock)
    {
        double start = After.ToSteps(clock);
        double length = For?.ToSteps(clock) ?? clock.TotalSteps - start;
        double done = clock.Step - start;
        // A stretch without length is a jump at its start.
        double progress = done <= 0 && length > 0 ? 0 : length <= 0 ? (done < 0 ? 0 : 1) : Math.Min(done / length, 1);
        return progress <= 0 ? From : progress >= 1 ? To : Between(progress);
    }

    /// <summary>The value inside the stretch.</summary>
    /// <param name="progress">How much of the stretch is done, between 0 and 1.</param>
    protected abstract double Between(double progress);
}
