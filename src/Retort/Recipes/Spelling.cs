namespace Retort.Recipes;

/// <summary>Finds the name that a misspelt word was probably meant to be.</summary>
public static class Spelling
{
    // A word longer than this is no misspelt name, and the table of distances grows with its square.
    private const int LongestWord = 200;

    /// <summary>Returns the nearest of the names, or null where none is near.</summary>
    /// <remarks>Near means an edit distance (insertions, deletions, substitutions, swaps of neighbours; case ignored) of at most
    /// a third of the word's length. Of equally near names
    /// the one with the nearest characters wins (<c>layer3</c> for <c>layer4</c>), then the first in ordinal order.</remarks>
    public static string? Nearest(string word, IEnumerable<string> names)
    {
        ArgumentNullException.ThrowIfNull(word);
        ArgumentNullException.ThrowIfNull(names);
        if (word.Length > LongestWord)
            return null;
        return names.Where(name => name != word && Math.Abs(name.Length - word.Length) <= word.Length / 3)
            .Select(name => (Name: name, Distance: Distance(word, name)))
            .Where(pair => pair.Distance <= word.Length / 3)
            .OrderBy(pair => pair.Distance).ThenBy(pair => Gap(word, pair.Name)).ThenBy(pair => pair.Name, StringComparer.Ordinal)
            .Select(pair => pair.Name).FirstOrDefault();
    }

    private static int Gap(string left, string right) => left.Zip(right, (a, b) => Math.Abs(a - b)).Sum();

    /// <summary>Counts the edits between two words: insertions, deletions, substitutions and swaps of neighbours.</summary>
    internal static int Distance(string left, string right)
    {
        string a = left.ToLowerInvariant(), b = right.ToLowerInvariant();
        var table = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
            table[i, 0] = i;
        for (int j = 0; j <= b.Length; j++)
            table[0, j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            for (int j = 1; j <= b.Length; j++)
            {
                int best = Math.Min(table[i - 1, j] + 1, table[i, j - 1] + 1);
                best = Math.Min(best, table[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    best = Math.Min(best, table[i - 2, j - 2] + 1);
                table[i, j] = best;
            }
        }
        return table[a.Length, b.Length];
    }
}
