using System.Globalization;

namespace Retort.Recipes;

/// <summary>A stretch of training that says what it counts: <c>10 epochs</c>, <c>500 steps</c>, <c>25%</c>.</summary>
/// <param name="Amount">How many of the unit, at least 0; fractions are allowed.</param>
/// <param name="Unit">What is counted.</param>
public readonly record struct Duration(double Amount, DurationUnit Unit)
{
    internal const string Form = "a duration with its unit, such as 10 epochs, 500 steps or 25%";

    /// <summary>Reads a number and a unit.</summary>
    /// <exception cref="FormatException">The unit is missing or unknown, or the number is negative or not finite.</exception>
    public static Duration Parse(string text) => TryParse(text, out Duration duration) ? duration
        : throw new FormatException($"'{text}' is no duration; expected {Form}.");

    /// <summary>How many steps that is in a training, fractions included.</summary>
    public double ToSteps(StepClock clock) => Unit switch
    {
        DurationUnit.Epochs => Amount * clock.StepsPerEpoch,
        DurationUnit.Percent => Amount / 100 * clock.TotalSteps,
        _ => Amount,
    };

    /// <summary>Returns the form that <see cref="Parse"/> reads.</summary>
    public override string ToString()
    {
        string amount = Amount.ToString("R", CultureInfo.InvariantCulture);
        return Unit switch
        {
            DurationUnit.Percent => $"{amount}%",
            DurationUnit.Epochs => Amount == 1 ? "1 epoch" : $"{amount} epochs",
            _ => Amount == 1 ? "1 step" : $"{amount} steps",
        };
    }

    internal static bool TryParse(string text, out Duration duration)
    {
        ArgumentNullException.ThrowIfNull(text);
        duration = default;
        int end = text.AsSpan().TrimEnd().LastIndexOfAnyInRange('0', '9') + 1;
        if (!YamlText.TryDouble(text[..end].Trim(), out double amount) || !double.IsFinite(amount) || amount < 0)
            return false;
        DurationUnit? unit = text[end..].Trim() switch
        {
            "step" or "steps" => DurationUnit.Steps,
            "epoch" or "epochs" => DurationUnit.Epochs,
            "%" => DurationUnit.Percent,
            _ => null,
        };
        duration = new Duration(amount, unit ?? default);
        return unit is not null;
    }
}
