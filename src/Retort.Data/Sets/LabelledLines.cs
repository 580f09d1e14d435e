using System.ComponentModel.DataAnnotations;
using Retort.Data.Formats;

namespace Retort.Data.Sets;

/// <summary>Text files whose lines are a label and a text, as TREC's questions and fastText's files have them.</summary>
/// <remarks>A sample is the UTF-8 bytes of the text (see <see cref="ByteTokens"/>). Blank lines are skipped.</remarks>
[Dataset("labelled-lines")]
public sealed record LabelledLines : DatasetOptions
{
    /// <summary>The training file in the data's folder, plain or gzip.</summary>
    public string Train { get; init; } = "train.txt";

    /// <summary>The test file.</summary>
    public string Test { get; init; } = "test.txt";

    /// <summary>What stands between the label and the text.</summary>
    [MinLength(1)]
    public string Separator { get; init; } = " ";

    /// <summary>Where a label ends early: with <c>:</c>, DESC:manner is DESC. Null for whole labels.</summary>
    public string? LabelEnd { get; init; }

    /// <summary>Tokens of a text; longer ones are cut off.</summary>
    [Range(1, 1 << 20)]
    public int MaxLength { get; init; } = 256;

    /// <inheritdoc/>
    public override Dataset Load(string root, string split)
    {
        ArgumentNullException.ThrowIfNull(root);
        string file = split switch
        {
            "train" => Train,
            "test" => Test,
            _ => throw new DataFormatException(root, split, $"has no split '{split}'; the splits are train and test"),
        };
        string path = Path.Combine(root, file);
        List<Line> train = Read(Path.Combine(root, Train));
        List<Line> lines = split == "train" ? train : Read(path);
        var map = new LabelMap(train.Select(line => line.Label));
        var tokens = new long[checked(lines.Count * MaxLength)];
        for (int k = 0; k < lines.Count; k++)
            ByteTokens.Encode(lines[k].Text, tokens.AsSpan(k * MaxLength, MaxLength));
        long[] labels = [.. lines.Select(line => map.Find(line.Label, path, line.Number))];
        return Dataset.OfTokens("labelled-lines", split, tokens, [MaxLength], labels, map.ClassNames);
    }

    private List<Line> Read(string path)
    {
        if (!File.Exists(path))
            throw new DataFormatException(path, "file", "there is no such file");
        List<Line> lines = [];
        long number = 0;
        foreach (string text in TextFile.Lines(path))
        {
            number++;
            if (string.IsNullOrWhiteSpace(text))
                continue;
            int border = text.IndexOf(Separator, StringComparison.Ordinal);
            if (border < 1)
                throw new DataFormatException(
                    path, $"line {number}", $"there is no label; a label, '{Separator}' and a text are expected");
            string label = text[..border];
            int end = LabelEnd is null ? -1 : label.IndexOf(LabelEnd, StringComparison.Ordinal);
            lines.Add(new Line(number, end < 1 ? label : label[..end], text[(border + Separator.Length)..]));
        }
        return lines.Count > 0 ? lines : throw new DataFormatException(path, "file", "there are no lines");
    }

    private readonly record struct Line(long Number, string Label, string Text);
}
