using System.Collections;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace Retort.Recipes;

/// <summary>The seeds that a recipe repeats its run with: <c>[0, 1, 2]</c>, <c>0..4</c> (both ends included) or
/// <c>7</c>.</summary>
[CollectionBuilder(typeof(Seeds), nameof(Create))]
public sealed class Seeds : IReadOnlyList<ulong>
{
    internal const string Form = "whole numbers from 0: a list such as [0, 1, 2], a range such as 0..4, or one number";

    private const int Most = 10_000;

    private readonly ulong[] _values;

    private Seeds(ulong[] values) => _values = values;

    /// <inheritdoc/>
    public int Count => _values.Length;

    /// <inheritdoc/>
    public ulong this[int index] => _values[index];

    /// <summary>Creates seeds from numbers.</summary>
    /// <exception cref="ArgumentException">There are none, more than 10,000, or one twice.</exception>
    public static Seeds Create(ReadOnlySpan<ulong> values)
    {
        ulong[] all = values.ToArray();
        return all.Length is > 0 and <= Most && all.Distinct().Count() == all.Length ? new Seeds(all)
            : throw new ArgumentException(
                $"There must be 1 to {Most} seeds, none of them twice; there are {all.Length}.", nameof(values));
    }

    /// <summary>Reads a range or a list with commas, as the command line's <c>--seeds</c> gives them.</summary>
    /// <exception cref="FormatException">The text is neither, or names no seed, too many, or one twice.</exception>
    public static Seeds Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var values = new List<ulong>();
        foreach (string part in text.Split(','))
        {
            if (!TryAdd(part.Trim(), values))
                throw new FormatException($"'{text}' does not name seeds; expected {Form}.");
        }
        return values.Distinct().Count() == values.Count ? new Seeds([.. values])
            : throw new FormatException($"'{text}' names a seed twice.");
    }

    /// <inheritdoc/>
    public IEnumerator<ulong> GetEnumerator() => ((IEnumerable<ulong>)_values).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Returns the seeds with commas between them.</summary>
    public override string ToString() => string.Join(",", _values);

    /// <summary>Adds what one number or range means; false where it is neither, or would be too many.</summary>
    internal static bool TryAdd(string text, List<ulong> values)
    {
        int dots = text.IndexOf("..", StringComparison.Ordinal);
        string first = dots < 0 ? text : text[..dots], last = dots < 0 ? text : text[(dots + 2)..];
        if (!ulong.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out ulong from)
            || !ulong.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out ulong to)
            || to < from || to - from >= (ulong)(Most - values.Count))
            return false;
        for (ulong i = 0; i <= to - from; i++)
            values.Add(from + i);
        return true;
    }
}
