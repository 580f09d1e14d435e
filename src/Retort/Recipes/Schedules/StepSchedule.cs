using System.ComponentModel.DataAnnotations;

namespace Retort.Recipes.Schedules;

/// <summary>A value that is multiplied by a factor at regular or at given moments.</summary>
[Named("step")]
public sealed record StepSchedule : Schedule, IValidatable
{
    /// <summary>The value at the start.</summary>
    public double From { get; init; } = 1;

    /// <summary>What the value is multiplied by each time.</summary>
    [Range(0, double.PositiveInfinity)]
    public double Factor { get; init; } = 0.1;

    /// <summary>The time between two changes. Either this or <c>at</c> is given.</summary>
    public Duration? Every { get; init; }

    /// <summary>The moments of the changes. Either this or <c>every</c> is given.</summary>
    [RecipeKey("at")]
    [MaxLength(1000)]
    public IReadOnlyList<Duration>? Milestones { get; init; }

    /// <inheritdoc/>
    // How often it changes depends on the training, so a falling value may come as near to 0, and a rising one as high, as it
    // likes.
    public override (double Least, double Greatest) Bounds
    {
        get
        {
            double last = Milestones is not null ? From * Math.Pow(Factor, Milestones.Count)
                : Factor > 1 ? (From == 0 ? 0 : double.PositiveInfinity * Math.Sign(From)) : From * Math.Min(Factor, 1);
            return (Math.Min(From, last), Math.Max(From, last));
        }
    }

    /// <inheritdoc/>
    public override double At(StepClock clock)
    {
        double every = Every?.ToSteps(clock) ?? 0;
        double changes = Milestones is not null ? Milestones.Count(at => clock.Step >= at.ToSteps(clock))
            : every > 0 ? Math.Floor(clock.Step / every) : 0;
        return From * Math.Pow(Factor, changes);
    }

    /// <inheritdoc/>
    public IEnumerable<Problem> Validate()
    {
        if (Every is null == Milestones is null)
        {
            yield return new Problem(Every is null ? nameof(From) : nameof(Milestones),
                Every is null ? "a step schedule says neither 'every' nor 'at'" : "a step schedule says both 'every' and 'at'")
            {
                Expected = "every: 30 epochs, or at: [60 epochs, 80 epochs]",
            };
        }
        else if (Every is { Amount: <= 0 })
        {
            yield return new Problem(nameof(Every), "a step schedule cannot change every 0 steps")
            {
                Expected = "a duration above 0",
            };
        }
    }
}
