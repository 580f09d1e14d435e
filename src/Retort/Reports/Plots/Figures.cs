using System.Globalization;

namespace Retort.Reports.Plots;

/// <summary>
/// Numbers as people read them. Invariant culture; a narrow space that does not break before units; a real minus.
/// </summary>
internal static class Figures
{
    private const string NarrowSpace = "\u202F";

    private static readonly (double Size, string Prefix)[] Prefixes = [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")];

    /// <summary>A number with as many decimals as told; "–" for NaN.</summary>
    public static string Fixed(double value, int decimals)
    {
        if (double.IsNaN(value))
            return "–";
        if (double.IsInfinity(value))
            return value > 0 ? "∞" : "−∞";
        int places = Math.Clamp(decimals, 0, 15);
        string text = Math.Round(value, places).ToString("N" + places, CultureInfo.InvariantCulture);
        return Minus(text);
    }

    /// <summary>A number with about <paramref name="digits"/> significant digits.</summary>
    public static string Significant(double value, int digits = 3)
    {
        double size = Math.Abs(value);
        if (!double.IsFinite(value) || size == 0)
            return Fixed(value, 0);
        if (size is < 1e-4 or >= 1e9)
            return Minus(value.ToString("0.##e0", CultureInfo.InvariantCulture));
        return Fixed(value, Math.Max(0, digits - 1 - (int)Math.Floor(Math.Log10(size))));
    }

    /// <summary>A fraction as a percentage, with its sign.</summary>
    public static string Percent(double fraction, int decimals = 2) =>
        double.IsFinite(fraction) ? Fixed(fraction * 100, decimals) + NarrowSpace + "%" : Fixed(fraction, 0);

    /// <summary>A count with a metric prefix and three significant digits: 272 k.</summary>
    public static string Compact(double value)
    {
        if (Math.Abs(value) >= 1e15)
            return Significant(value);
        foreach ((double size, string prefix) in Prefixes)
        {
            // 999,600 rounds to 1.00 M, not to 1,000 k.
            if (Math.Abs(value) >= size * 0.9995)
                return Trimmed(value / size) + NarrowSpace + prefix;
        }

        return Trimmed(value);
    }

    /// <summary>Bytes with a binary-free prefix: 1,090,000 is 1.09 MB.</summary>
    public static string Bytes(double value)
    {
        string text = Compact(value);
        return text.Contains(NarrowSpace, StringComparison.Ordinal) ? text + "B" : text + NarrowSpace + "B";
    }

    /// <summary>Seconds as a duration: 0.8 s, 42 s, 3 min 5 s, 2 h 10 min.</summary>
    public static string Duration(double seconds)
    {
        if (!double.IsFinite(seconds) || seconds < 0)
            return "–";
        if (seconds < 10)
            return Fixed(seconds, 1) + NarrowSpace + "s";
        var time = TimeSpan.FromSeconds(Math.Min(Math.Round(seconds), 1e9));
        return (time.TotalHours, time.TotalMinutes) switch
        {
            ( >= 1, _) => string.Create(CultureInfo.InvariantCulture, $"{(long)time.TotalHours}\u202Fh {time.Minutes}\u202Fmin"),
            (_, >= 1) => string.Create(CultureInfo.InvariantCulture, $"{time.Minutes}\u202Fmin {time.Seconds}\u202Fs"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{time.Seconds}\u202Fs"),
        };
    }

    /// <summary>A value in an axis' format, for labels and hover texts.</summary>
    public static string Format(double value, ValueFormat format) => format switch
    {
        ValueFormat.Percent => Percent(value),
        ValueFormat.Compact => Compact(value),
        _ => Significant(value, 4),
    };

    /// <summary>A mean with its deviation, the unit written once; the mean alone where there is no deviation.</summary>
    public static string WithSpread(double mean, double deviation, ValueFormat format)
    {
        if (!double.IsFinite(deviation))
            return Format(mean, format);
        return format switch
        {
            ValueFormat.Percent => $"{Fixed(mean * 100, 2)} ± {Percent(deviation)}",
            _ => $"{Format(mean, format)} ± {Format(deviation, format)}",
        };
    }

    /// <summary>What follows "p": its value, or the bound that it is below.</summary>
    public static string PValue(double p) => p < 0.0001 ? "< 0.0001" : "= " + Significant(p, 2);

    private static string Trimmed(double value)
    {
        string text = Significant(value);
        return text.Contains('.', StringComparison.Ordinal) && !text.Contains('e', StringComparison.Ordinal)
            ? text.TrimEnd('0').TrimEnd('.')
            : text;
    }

    private static string Minus(string text) => text.Replace('-', '−');
}
