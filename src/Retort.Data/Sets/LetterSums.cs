using System.Globalization;

namespace Retort.Data.Sets;

/// <summary>Sums of letters that stand for secret numbers: a task whose steps can be told, and are worth telling.</summary>
/// <remarks>Whoever sees only totals has to find the letters' numbers out; whoever is told the steps is told the
/// numbers.</remarks>
/// <param name="letters">How many letters there are, 1 to 26.</param>
/// <param name="values">Numbers are 0 to this less one; 1 to 10.</param>
/// <param name="modulus">Totals are remainders of a division by this; null for whole totals.</param>
/// <param name="seed">Decides the letters' numbers.</param>
public sealed class LetterSums(int letters, int values, int? modulus, ulong seed)
{
    private readonly int[] _numbers = Numbers(letters, values, seed);

    /// <summary>The text of a sum, as <c>q+a+z=</c>.</summary>
    public static string Text(IEnumerable<int> terms) => string.Join('+', terms.Select(t => (char)('a' + t))) + "=";

    /// <summary>The letters of a sum's text; null where it is none.</summary>
    /// <param name="text">Letters with plus signs between them and an equals sign after them.</param>
    public int[]? Read(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] parts = text.Trim().TrimEnd('=').Split('+', StringSplitOptions.TrimEntries);
        return Array.TrueForAll(parts, p => p.Length == 1 && p[0] >= 'a' && p[0] < 'a' + _numbers.Length)
            ? Array.ConvertAll(parts, p => p[0] - 'a')
            : null;
    }

    /// <summary>The numbers of letters.</summary>
    public int[] ValuesOf(IEnumerable<int> terms) => [.. terms.Select(t => _numbers[t])];

    /// <summary>The total after each letter; the last is the sum.</summary>
    public int[] TotalsOf(IEnumerable<int> terms)
    {
        int total = 0;
        return [.. terms.Select(t => total = modulus is { } m ? (total + _numbers[t]) % m : total + _numbers[t])];
    }

    /// <summary>The sum in digits.</summary>
    public string Answer(IEnumerable<int> terms) => TotalsOf(terms)[^1].ToString(CultureInfo.InvariantCulture);

    private static int[] Numbers(int letters, int values, ulong seed)
    {
        RandomStream stream = RandomStream.Derive(seed, 0x1E77E2);
        return [.. Enumerable.Range(0, letters).Select(_ => stream.NextInt(values))];
    }
}
