using System.ComponentModel.DataAnnotations;
using Retort.Data;

namespace Retort.Recipes.Schedules;

/// <summary>A weight found at the first step: the term starts as a given share of the task loss.</summary>
/// <remarks>Published weights belong to published networks; on a small one they can drown the task. Only the weight of a
/// criterion can be automatic. <see cref="At"/> returns ratio · shape, and the trainer multiplies it by
/// (task loss / term) at step 0.</remarks>
[Named("auto")]
public sealed record AutoSchedule : Schedule
{
    /// <summary>The weighted term over the task loss, at step 0.</summary>
    [Shorthand]
    [Range(0, double.PositiveInfinity, MinimumIsExclusive = true)]
    public double Ratio { get; init; } = 1;

    /// <summary>How the weight changes afterwards, as a factor.</summary>
    public Schedule Shape { get; init; } = Constant(1);

    /// <inheritdoc/>
    public override (double Least, double Greatest) Bounds => (Ratio * Shape.Bounds.Least, Ratio * Shape.Bounds.Greatest);

    /// <inheritdoc/>
    public override double At(StepClock clock) => Ratio * Shape.At(clock);
}
