namespace Retort.Recipes.Schedules;

/// <summary>A straight line from one value to another.</summary>
[Named("linear")]
public sealed record LinearSchedule : RampSchedule
{
    /// <inheritdoc/>
    protected override double Between(double progress) => From + (To - From) * progress;
}
