using System.ComponentModel.DataAnnotations;

namespace Retort.Data.Sets;

/// <summary>Texts of made-up words with their topics as classes; see <see cref="TopicTexts"/>.</summary>
/// <remarks>Made by the program, the same on every machine. A sample is the bytes of a text (see <see cref="ByteTokens"/>);
/// topics come equally often.</remarks>
[Dataset("topic-texts")]
public sealed record TopicTextSet : DatasetOptions
{
    /// <summary>Texts of the training split.</summary>
    [Range(1, 1_000_000)]
    public int Train { get; init; } = 1_000;

    /// <summary>Texts of the test split.</summary>
    [Range(1, 1_000_000)]
    public int Test { get; init; } = 2_000;

    /// <summary>How many topics there are.</summary>
    [Range(2, 200)]
    public int Topics { get; init; } = 20;

    /// <summary>How many pairs of topics are hard to tell apart.</summary>
    [Range(0, 100)]
    public int Pairs { get; init; } = 4;

    /// <summary>Bytes of a text; longer ones are cut off.</summary>
    [Range(1, 1 << 20)]
    public int MaxLength { get; init; } = 100;

    /// <summary>Which words there are, and which texts are written.</summary>
    [Range(0, int.MaxValue)]
    public int Seed { get; init; }

    /// <inheritdoc/>
    public override bool HasFiles => false;

    /// <inheritdoc/>
    public override Dataset Load(string root, string split)
    {
        (ulong number, int count) = Drawn("topic-texts", split, Train, Test);
        if (Pairs > Topics / 2)
        {
            throw new DataFormatException(
                "topic-texts", split, FormattableString.Invariant($"{Topics} topics have no {Pairs} pairs"));
        }

        var texts = new TopicTexts(Topics, Pairs, (ulong)Seed);
        RandomStream stream = RandomStream.Derive((ulong)Seed, 0x7E575, number);
        var tokens = new long[checked(count * MaxLength)];
        var labels = new long[count];
        for (int k = 0; k < count; k++)
        {
            labels[k] = k % Topics;
            ByteTokens.Encode(texts.Write(k % Topics, stream), tokens.AsSpan(k * MaxLength, MaxLength));
        }

        return Dataset.OfTokens("topic-texts", split, tokens, [MaxLength], labels, texts.Names);
    }
}
