namespace Retort.Recipes.Schedules;

/// <summary>A constant ratio a step from one value to another: from · (to / from)^progress.</summary>
[Named("exponential")]
public sealed record ExponentialSchedule : RampSchedule, IValidatable
{
    /// <summary>Creates a decay to a hundredth.</summary>
    public ExponentialSchedule() => To = 0.01;

    /// <inheritdoc/>
    protected override double Between(double progress) => From * Math.Pow(To / From, progress);

    /// <inheritdoc/>
    public IEnumerable<Problem> Validate()
    {
        if (!(From * To > 0))
        {
            yield return new Problem(nameof(To), $"no constant ratio leads from {From} to {To}")
            {
                Expected = "two numbers of the same sign, neither of them 0",
            };
        }
    }
}
