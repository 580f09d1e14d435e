using System.ComponentModel.DataAnnotations;
using System.Text;
using Retort.Data.Formats;
using Retort.Data.Transforms;

namespace Retort.Data.Sets;

/// <summary>A text cut into sequences of one length, for language models: each sample is [length + 1] byte tokens.</summary>
/// <remarks>Input and target are a sample's first and last <c>length</c> tokens (see <see cref="ByteTokens"/>). The end of the
/// text is the test split.</remarks>
[Dataset("text")]
public record TextBlocks : DatasetOptions
{
    private static readonly string[] Kinds = ["text", "shuffled", "repeated"];

    /// <summary>The file in the data's folder, UTF-8, plain or gzip.</summary>
    public string File { get; init; } = "input.txt";

    /// <summary>Tokens that a model sees at once.</summary>
    [Range(1, 1 << 20)]
    public int Length { get; init; } = 128;

    /// <summary>Share of the text that is held out for <c>test</c>.</summary>
    [Range(0.0, 0.9)]
    public double TestFraction { get; init; } = 0.1;

    /// <summary>Share of the training sequences whose bytes are shuffled: noise, for experiments about choosing data. Such a set
    /// has a class for each kind of sequence.</summary>
    [Range(0.0, 0.5)]
    public double Shuffled { get; init; }

    /// <summary>Share of the training sequences that are one and the same: boilerplate, as above.</summary>
    [Range(0.0, 0.5)]
    public double Repeated { get; init; }

    /// <summary>What the set calls itself in messages and reports.</summary>
    protected virtual string SetName => "text";

    /// <inheritdoc/>
    public override string Task => "language";

    /// <inheritdoc/>
    public override IReadOnlyList<IBatchTransform> Collate => [new NextToken()];

    /// <inheritdoc/>
    public override Dataset Load(string root, string split)
    {
        ArgumentNullException.ThrowIfNull(root);
        string path = Path.Combine(root, File);
        if (!System.IO.File.Exists(path))
            throw new DataFormatException(path, "file", "there is no such file");
        byte[] text = Encoding.UTF8.GetBytes(TextFile.ReadAll(path));
        int border = text.Length - (int)(TestFraction * text.Length);
        ReadOnlySpan<byte> part = split switch
        {
            "train" => text.AsSpan(0, border),
            "test" => text.AsSpan(border),
            _ => throw new DataFormatException(root, split, $"has no split '{split}'; the splits are train and test"),
        };
        int count = (part.Length - 1) / Length;
        if (count < 1)
            throw new DataFormatException(path, split, $"has {part.Length} bytes, which gives no sequence of {Length + 1}");

        // The last token of a sequence is the first of the next one, so that every token but the first is a target once.
        var tokens = new long[count * (Length + 1)];
        for (int k = 0; k < count; k++)
        {
            for (int i = 0; i <= Length; i++)
                tokens[(k * (Length + 1)) + i] = part[(k * Length) + i] + 1;
        }
        long[] labels = new long[count];
        if (split == "train" && Shuffled + Repeated > 0)
        {
            Spoil(tokens, labels);
            return Dataset.OfTokens(SetName, split, tokens, [Length + 1], labels, Kinds);
        }

        Array.Fill(labels, Dataset.NoLabel);
        return Dataset.OfTokens(SetName, split, tokens, [Length + 1], labels, []);
    }

    // The same sequences in every run: what is noise is a property of the set.
    private void Spoil(long[] tokens, long[] labels)
    {
        int size = Length + 1, shuffled = (int)(Shuffled * labels.Length), repeated = (int)(Repeated * labels.Length);
        int[] order = RandomStream.Derive(0, 0x7E37).Permutation(labels.Length);
        Span<long> again = tokens.AsSpan(order[^1] * size, size);
        foreach (int place in order.AsSpan(0, shuffled))
        {
            labels[place] = 1;
            Span<long> one = tokens.AsSpan(place * size, size);
            long[] before = one.ToArray();
            int[] anew = RandomStream.Derive(1, (ulong)place).Permutation(size);
            for (int k = 0; k < size; k++)
                one[k] = before[anew[k]];
        }

        foreach (int place in order.AsSpan(shuffled, repeated))
        {
            labels[place] = 2;
            again.CopyTo(tokens.AsSpan(place * size, size));
        }
    }
}
