using System.Runtime.CompilerServices;

namespace Retort.Torch.Optim;

/// <summary>Range checks of settings; NaN is in no range.</summary>
internal static class Require
{
    internal static double AtLeastZero(double value, [CallerArgumentExpression(nameof(value))] string name = "") =>
        value >= 0 && double.IsFinite(value) ? value : throw Outside(name, value, "finite and at least 0");

    internal static double Positive(double value, [CallerArgumentExpression(nameof(value))] string name = "") =>
        value > 0 && double.IsFinite(value) ? value : throw Outside(name, value, "finite and above 0");

    /// <summary>From 0 up to but not including 1.</summary>
    internal static double Fraction(double value, [CallerArgumentExpression(nameof(value))] string name = "") =>
        value >= 0 && value < 1 ? value : throw Outside(name, value, "in [0, 1)");

    /// <summary>From 0 to 1, both included.</summary>
    internal static double Share(double value, [CallerArgumentExpression(nameof(value))] string name = "") =>
        value >= 0 && value <= 1 ? value : throw Outside(name, value, "in [0, 1]");

    internal static long AtLeastZero(long value, [CallerArgumentExpression(nameof(value))] string name = "") =>
        value >= 0 ? value : throw Outside(name, value, "at least 0");

    internal static long Positive(long value, [CallerArgumentExpression(nameof(value))] string name = "") =>
        value > 0 ? value : throw Outside(name, value, "at least 1");

    private static ArgumentOutOfRangeException Outside(string name, object value, string range)
    {
        string last = name[(name.LastIndexOf('.') + 1)..];
        return new(last, value, FormattableString.Invariant($"{last} is {value}; it must be {range}."));
    }
}
