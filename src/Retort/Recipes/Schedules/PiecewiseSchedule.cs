using System.ComponentModel.DataAnnotations;

namespace Retort.Recipes.Schedules;

/// <summary>Straight lines between given points; constant before the first and after the last.</summary>
[Named("piecewise")]
public sealed record PiecewiseSchedule : Schedule, IValidatable
{
    /// <summary>The moments of the points, in ascending order, all in one unit.</summary>
    [RecipeKey("at")]
    [MinLength(1), MaxLength(1000)]
    public required IReadOnlyList<Duration> Moments { get; init; }

    /// <summary>The values at the points, one for each moment.</summary>
    [MinLength(1), MaxLength(1000)]
    public required IReadOnlyList<double> Values { get; init; }

    /// <inheritdoc/>
    public override (double Least, double Greatest) Bounds => (Values.Min(), Values.Max());

    /// <inheritdoc/>
    public override double At(StepClock clock)
    {
        for (int i = 0; i < Moments.Count; i++)
        {
            double right = Moments[i].ToSteps(clock);
            if (clock.Step >= right)
                continue;
            if (i == 0)
                return Values[0];
            double left = Moments[i - 1].ToSteps(clock);
            return Values[i - 1] + (Values[i] - Values[i - 1]) * (clock.Step - left) / (right - left);
        }
        return Values[^1];
    }

    /// <inheritdoc/>
    public IEnumerable<Problem> Validate()
    {
        if (Moments.Count != Values.Count)
        {
            yield return new Problem(nameof(Values), $"there are {Values.Count} values for {Moments.Count} moments")
            {
                Expected = "one value for each moment",
            };
        }
        for (int i = 1; i < Moments.Count; i++)
        {
            if (Moments[i].Unit != Moments[0].Unit || Moments[i].Amount <= Moments[i - 1].Amount)
            {
                yield return new Problem(nameof(Moments), $"{Moments[i]} does not come after {Moments[i - 1]}")
                {
                    Item = i,
                    Expected = "ascending moments in one unit",
                };
            }
        }
    }
}
