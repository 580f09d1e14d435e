namespace Retort.Data.Sets;

/// <summary>Texts of made-up words, each about one of a few topics; some topics come in pairs that are hard to tell
/// apart.</summary>
/// <remarks>A topic has words of its own, a pair has words that both use, and all share common words. Whoever knows the words can
/// tell topics apart; whoever learns them from texts has to have seen them.</remarks>
public sealed class TopicTexts
{
    // A clear topic has few words, which come often; those of a paired topic are many and rare, and have to be learnt one by one.
    private const int CommonWords = 80, ClearWords = 4, SharedWords = 16, RareWords = 48;
    private const int Shortest = 8, Longest = 14;

    // How often a word is about the topic at all, and how often such a word of a paired topic is one of its own.
    private const double Topical = 0.6, OwnOfPair = 0.35;

    private const string Consonants = "bdfgklmnprstvz", Vowels = "aeiou";

    private readonly string[] _common;
    private readonly string[][] _own;
    private readonly string[][] _shared;

    /// <summary>Makes up words and topics.</summary>
    /// <param name="topics">How many topics there are, at least 2.</param>
    /// <param name="pairs">How many pairs of them are hard to tell apart: topics 0 and 1, 2 and 3, and so on.</param>
    /// <param name="seed">Decides the words.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer topics than the pairs have.</exception>
    public TopicTexts(int topics, int pairs, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(topics, 2);
        ArgumentOutOfRangeException.ThrowIfNegative(pairs);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(pairs, topics / 2);
        RandomStream stream = RandomStream.Derive(seed, 0x70B1C5);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        Names = [.. Words(topics, stream, seen)];
        _common = [.. Words(CommonWords, stream, seen)];
        _shared = [.. Enumerable.Range(0, pairs).Select(_ => Words(SharedWords, stream, seen).ToArray())];
        _own = [.. Enumerable.Range(0, topics).Select(k => Words(IsPaired(k) ? RareWords : ClearWords, stream, seen).ToArray())];
    }

    /// <summary>The topics' names.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Whether another topic is hard to tell from this one.</summary>
    public bool IsPaired(int topic) => topic < 2 * _shared.Length;

    /// <summary>Writes a text about a topic, 8 to 14 words.</summary>
    /// <param name="topic">Its number.</param>
    /// <param name="chance">Decides the words.</param>
    public string Write(int topic, RandomStream chance)
    {
        ArgumentNullException.ThrowIfNull(chance);
        int length = chance.NextInt(Shortest, Longest + 1);
        var words = new string[length];
        for (int k = 0; k < length; k++)
        {
            string[] from = !chance.NextBoolean(Topical) ? _common
                : !IsPaired(topic) || chance.NextBoolean(OwnOfPair) ? _own[topic]
                : _shared[topic / 2];
            words[k] = from[chance.NextInt(from.Length)];
        }

        return string.Join(' ', words);
    }

    private static IEnumerable<string> Words(int count, RandomStream stream, HashSet<string> seen)
    {
        for (int k = 0; k < count;)
        {
            int syllables = stream.NextInt(2, 4);
            string word = string.Concat(Enumerable.Range(0, syllables).Select(_ =>
                $"{Consonants[stream.NextInt(Consonants.Length)]}{Vowels[stream.NextInt(Vowels.Length)]}"));
            if (!seen.Add(word))
                continue;
            k++;
            yield return word;
        }
    }
}
