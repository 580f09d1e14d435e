using System.Buffers;
using System.Globalization;

namespace Retort.Recipes;

/// <summary>How YAML 1.2 reads plain scalars.</summary>
internal static class YamlText
{
    // Above this a double no longer tells neighbouring whole numbers apart.
    private const double LargestExact = 9007199254740992;

    private static readonly SearchValues<char> NumberCharacters = SearchValues.Create("+-.eE0123456789");

    public static bool IsBoolean(string text) => text is "true" or "True" or "TRUE" or "false" or "False" or "FALSE";

    public static bool IsNumber(string text) => TryDouble(text, out _);

    public static bool TryDouble(string text, out double value)
    {
        value = 0;
        if (text.Length is 0 or > 64)
            return false;
        switch (text.TrimStart('+', '-').ToLowerInvariant())
        {
            case ".inf" when text.Length <= 5:
                value = text[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity;
                return true;
            case ".nan" when text.Length == 4:
                value = double.NaN;
                return true;
        }
        // "Infinity" and "NaN" are words to YAML, though .NET would read them as numbers.
        if (!text.AsSpan().ContainsAnyInRange('0', '9') || text.AsSpan().IndexOfAnyExcept(NumberCharacters) >= 0)
            return TryHex(text, out value);
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value);
    }

    /// <summary>Reads a whole number; <c>1e6</c> and <c>20.0</c> are whole too.</summary>
    public static bool TryLong(string text, out long value)
    {
        if (text.Length <= 64 && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value))
            return true;
        value = 0;
        if (!TryDouble(text, out double number) || number != Math.Floor(number) || Math.Abs(number) > LargestExact)
            return false;
        value = (long)number;
        return true;
    }

    private static bool TryHex(string text, out double value)
    {
        value = 0;
        if (!text.StartsWith("0x", StringComparison.Ordinal)
            || !long.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out long number))
            return false;
        value = number;
        return true;
    }
}
