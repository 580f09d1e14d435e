using System.ComponentModel.DataAnnotations;
using Retort.Data;
using Retort.Data.Sets;

namespace Retort.Serving.Scripts;

/// <summary>Adds the letters of the set <c>letter-sums</c> and says how: it knows the numbers that they stand for.</summary>
/// <remarks>Asked <c>q+a+z=</c> on the last line, it answers <c>Values 1 0 2, totals 1 1 3. Answer: 3</c>; asked anything
/// else, that it cannot answer.</remarks>
[Named("letter-sums")]
public sealed record LetterSumScript : ScriptOptions
{
    /// <summary>Letters of the alphabet, as the set has them.</summary>
    [Range(1, 26)]
    public int Letters { get; init; } = 26;

    /// <summary>How many numbers letters may stand for, as in the set.</summary>
    [Range(1, 10)]
    public int Values { get; init; } = 3;

    /// <summary>What sums are divided by, as in the set.</summary>
    [Range(2, 100)]
    public int? Modulus { get; init; }

    /// <summary>The set's seed.</summary>
    [Range(0, int.MaxValue)]
    public int Seed { get; init; }

    /// <summary>The share of answers that are about another sum than the one that was asked.</summary>
    [Range(0.0, 1.0)]
    public double ErrorRate { get; init; }

    /// <inheritdoc/>
    public override string Answer(TextRequest request, RandomStream chance)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(chance);
        var sums = new LetterSums(Letters, Values, Modulus, (ulong)Seed);
        string asked = request.Messages[^1].Content;
        int[]? terms = sums.Read(asked[(asked.LastIndexOf('\n') + 1)..]);
        if (terms is null)
            return "I only add letters, as in a+b=.";
        if (chance.NextBoolean(ErrorRate))
            terms = [.. terms.Select(_ => chance.NextInt(Letters))];
        return $"Values {string.Join(' ', sums.ValuesOf(terms))}, "
            + $"totals {string.Join(' ', sums.TotalsOf(terms))}. Answer: {sums.Answer(terms)}";
    }
}
