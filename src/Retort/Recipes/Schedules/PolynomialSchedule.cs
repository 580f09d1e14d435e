using System.ComponentModel.DataAnnotations;

namespace Retort.Recipes.Schedules;

/// <summary>A power of what is left: to + (from − to) · (1 − progress)^power.</summary>
[Named("polynomial")]
public sealed record PolynomialSchedule : RampSchedule
{
    /// <summary>The exponent: 1 is a straight line, larger ones fall faster at first.</summary>
    [Range(0, double.PositiveInfinity, MinimumIsExclusive = true)]
    public double Power { get; init; } = 2;

    /// <inheritdoc/>
    protected override double Between(double progress) => To + (From - To) * Math.Pow(1 - progress, Power);
}
