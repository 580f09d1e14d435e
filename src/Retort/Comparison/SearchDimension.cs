using System.Globalization;

namespace Retort.Comparison;

/// <summary>One option that a search varies.</summary>
/// <param name="Key">The option's key in recipes.</param>
/// <param name="Least">The least value.</param>
/// <param name="Greatest">The greatest value.</param>
/// <param name="IsLog">Whether factors count rather than differences.</param>
/// <param name="IsWhole">Whether values are whole numbers.</param>
/// <param name="Form">How a value is written in a recipe; <c>{0}</c> stands for it.</param>
internal sealed record SearchDimension(
    string Key, double Least, double Greatest, bool IsLog, bool IsWhole = false, string Form = "{0}")
{
    /// <summary>The value at a place of the range, from 0 to 1, rounded to three digits so that it can be written and
    /// read.</summary>
    public double At(double place)
    {
        double value = IsLog
            ? Math.Exp(Math.Log(Least) + place * (Math.Log(Greatest) - Math.Log(Least)))
            : Least + place * (Greatest - Least);
        double rounded = IsWhole
            ? Math.Round(value)
            : double.Parse(value.ToString("G3", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        return Math.Clamp(rounded, Least, Greatest);
    }

    /// <summary>The value as YAML.</summary>
    public string Write(double value) =>
        Form.Replace("{0}", value.ToString("R", CultureInfo.InvariantCulture), StringComparison.Ordinal);
}
