using Retort.Data;

namespace Retort.Recipes.Schedules;

/// <summary>A value that never changes; a bare number means this.</summary>
[Named("constant")]
public sealed record ConstantSchedule : Schedule
{
    /// <summary>The value.</summary>
    [Shorthand]
    public required double Value { get; init; }

    /// <inheritdoc/>
    public override (double Least, double Greatest) Bounds => (Value, Value);

    /// <inheritdoc/>
    public override double At(StepClock clock) => Value;
}
