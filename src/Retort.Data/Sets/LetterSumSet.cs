using System.ComponentModel.DataAnnotations;

namespace Retort.Data.Sets;

/// <summary>Prompts such as <c>q+a+z=</c>, where letters stand for secret numbers, and the sum as completion; see
/// <see cref="LetterSums"/>.</summary>
/// <remarks>Made by the program, the same on every machine. No prompt comes twice, so none of the test is in the
/// training.</remarks>
[Dataset("letter-sums")]
public sealed record LetterSumSet : PromptedSet
{
    /// <summary>Creates options whose texts are short.</summary>
    public LetterSumSet() => MaxLength = 32;

    /// <summary>Samples of the training split.</summary>
    [Range(1, 1_000_000)]
    public int Train { get; init; } = 2_000;

    /// <summary>Samples of the test split.</summary>
    [Range(1, 1_000_000)]
    public int Test { get; init; } = 1_000;

    /// <summary>Letters of a sum.</summary>
    [Range(1, 8)]
    public int Terms { get; init; } = 4;

    /// <summary>Letters of the alphabet.</summary>
    [Range(1, 26)]
    public int Letters { get; init; } = 26;

    /// <summary>How many numbers letters may stand for: 0 and up.</summary>
    [Range(1, 10)]
    public int Values { get; init; } = 3;

    /// <summary>Sums are remainders of a division by this. The default is whole sums.</summary>
    [Range(2, 100)]
    public int? Modulus { get; init; }

    /// <summary>Which numbers the letters stand for, and which sums are asked.</summary>
    [Range(0, int.MaxValue)]
    public int Seed { get; init; }

    /// <inheritdoc/>
    public override bool HasFiles => false;

    /// <inheritdoc/>
    public override Dataset Load(string root, string split)
    {
        int all = checked(Train + Test);
        (ulong number, int count) = Drawn("letter-sums", split, Train, Test);
        if (Math.Pow(Letters, Terms) < all)
        {
            throw new DataFormatException(
                "letter-sums", split, FormattableString.Invariant(
                    $"{Letters} letters make {Math.Pow(Letters, Terms)} sums of {Terms}, fewer than {all}"));
        }

        var sums = new LetterSums(Letters, Values, Modulus, (ulong)Seed);
        int first = number == 0 ? 0 : Train;
        return Build(
            "letter-sums", split, [.. Draw(all).Skip(first).Take(count).Select(t => (LetterSums.Text(t), sums.Answer(t)))]);
    }

    private IEnumerable<int[]> Draw(int count)
    {
        RandomStream stream = RandomStream.Derive((ulong)Seed, 0x5E7);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (seen.Count < count)
        {
            int[] terms = [.. Enumerable.Range(0, Terms).Select(_ => stream.NextInt(Letters))];
            if (seen.Add(LetterSums.Text(terms)))
                yield return terms;
        }
    }
}
