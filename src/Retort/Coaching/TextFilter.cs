namespace Retort.Coaching;

/// <summary>Keeps out texts that were there before, and those that are nearly texts by which the student is judged.</summary>
internal sealed class TextFilter
{
    private readonly int _words;
    private readonly double _most;
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<int>> _held = new(StringComparer.Ordinal);
    private int _texts;

    /// <param name="words">Words of an n-gram.</param>
    /// <param name="most">The share of a text's n-grams that it may have in common with one held-out text.</param>
    public TextFilter(int words, double most) => (_words, _most) = (words, most);

    /// <summary>Adds a text that must not come again.</summary>
    public void Know(string text) => _known.Add(string.Join(' ', WordsOf(text)));

    /// <summary>Adds a text by which the student is judged: nothing like it may be trained on.</summary>
    public void Hold(string text)
    {
        Know(text);
        foreach (string gram in GramsOf(text))
        {
            if (!_held.TryGetValue(gram, out List<int>? texts))
                _held[gram] = texts = [];
            texts.Add(_texts);
        }

        _texts++;
    }

    /// <summary>Takes a text in, unless it is empty, was there before, or is nearly a held-out one.</summary>
    /// <returns>Whether it was taken.</returns>
    public bool Take(string text)
    {
        string plain = string.Join(' ', WordsOf(text));
        if (plain.Length == 0 || _known.Contains(plain) || Overlap(text) > _most)
            return false;
        _known.Add(plain);
        return true;
    }

    /// <summary>The largest share of a text's n-grams that any one held-out text has too.</summary>
    public double Overlap(string text)
    {
        HashSet<string> grams = GramsOf(text);
        var common = new Dictionary<int, int>();
        foreach (int held in grams.SelectMany(g => _held.GetValueOrDefault(g) ?? []))
            common[held] = common.GetValueOrDefault(held) + 1;
        return grams.Count == 0 || common.Count == 0 ? 0 : common.Values.Max() / (double)grams.Count;
    }

    // Letters and digits count, in lower case; a text of fewer words is one n-gram.
    private static string[] WordsOf(string text) =>
        [.. string.Concat(text.Select(c => char.IsLetterOrDigit(c) ? char.ToLowerInvariant(c) : ' '))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)];

    private HashSet<string> GramsOf(string text)
    {
        string[] words = WordsOf(text);
        if (words.Length == 0)
            return [];
        int length = Math.Min(_words, words.Length);
        return [.. Enumerable.Range(0, words.Length - length + 1).Select(k => string.Join(' ', words.Skip(k).Take(length)))];
    }
}
