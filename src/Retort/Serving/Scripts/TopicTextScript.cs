using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.RegularExpressions;
using Retort.Coaching;
using Retort.Data;
using Retort.Data.Sets;

namespace Retort.Serving.Scripts;

/// <summary>Writes texts about the topics of the set <c>topic-texts</c>, as many of each as it is asked for: it knows their
/// words.</summary>
/// <remarks>It reads the list at the end of what a <c>coach</c> stage asks, lines such as <c>- vela: 3</c>, and answers a line
/// a text, <c>vela: …</c>; asked anything else, that it cannot answer.</remarks>
[Named("topic-texts")]
public sealed partial record TopicTextScript : ScriptOptions
{
    // A list that asks for more is none of a coach's.
    private const int Most = 1000;

    /// <summary>How many topics there are, as in the set.</summary>
    [Range(2, 200)]
    public int Topics { get; init; } = 20;

    /// <summary>How many pairs of topics are hard to tell apart, as in the set.</summary>
    [Range(0, 100)]
    public int Pairs { get; init; } = 4;

    /// <summary>The set's seed.</summary>
    [Range(0, int.MaxValue)]
    public int Seed { get; init; }

    /// <summary>The share of texts that are about another topic than the one they are given out for.</summary>
    [Range(0.0, 1.0)]
    public double ErrorRate { get; init; }

    /// <inheritdoc/>
    public override string Answer(TextRequest request, RandomStream chance)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(chance);
        var texts = new TopicTexts(Topics, Math.Min(Pairs, Topics / 2), (ulong)Seed);
        string asked = request.Messages[^1].Content;
        int list = asked.LastIndexOf(CoachPrompt.ListHeading, StringComparison.Ordinal);
        string[] names = [.. texts.Names];
        var lines = new List<string>();
        foreach (Match line in Wanted().Matches(list < 0 ? string.Empty : asked[list..]))
        {
            int topic = Array.IndexOf(names, line.Groups["name"].Value);
            int count = int.Parse(line.Groups["count"].Value, CultureInfo.InvariantCulture);
            for (int k = 0; topic >= 0 && k < count && lines.Count < Most; k++)
            {
                bool isWrong = chance.NextBoolean(ErrorRate);
                int about = isWrong ? (topic + 1 + chance.NextInt(names.Length - 1)) % names.Length : topic;
                lines.Add($"{names[topic]}: {texts.Write(about, chance)}");
            }
        }

        return lines.Count == 0 ? "I only write about topics that I am asked for in a list." : string.Join('\n', lines);
    }

    [GeneratedRegex("^- (?<name>[a-z]+): (?<count>[0-9]{1,4})$", RegexOptions.Multiline)]
    private static partial Regex Wanted();
}
