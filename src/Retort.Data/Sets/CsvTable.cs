using System.ComponentModel.DataAnnotations;
using Retort.Data.Formats;

namespace Retort.Data.Sets;

/// <summary>A table in CSV or TSV files, for classification by its columns or by the text of one of them.</summary>
/// <remarks>
/// <para>A column whose values in the training file are all numbers becomes one feature, standardised by the training file's mean
/// and deviation; any other becomes one feature a category, 0 or 1. Missing values count as the mean, or as no category.</para>
/// <para>With <see cref="Text"/>, samples are the UTF-8 bytes of that column instead (see <see cref="ByteTokens"/>).</para>
/// </remarks>
[Dataset("csv")]
public sealed record CsvTable : DatasetOptions
{
    /// <summary>The training file in the data's folder, plain or gzip.</summary>
    public string Train { get; init; } = "train.csv";

    /// <summary>The test file.</summary>
    public string Test { get; init; } = "test.csv";

    /// <summary>The character between fields; <c>tab</c> for the tabulator.</summary>
    public string Delimiter { get; init; } = ",";

    /// <summary>Whether the files start with the names of their columns; without, they are called 1, 2, 3 …</summary>
    public bool Header { get; init; } = true;

    /// <summary>Whether fields may stand in quotes.</summary>
    public bool Quotes { get; init; } = true;

    /// <summary>Whether spaces around fields are dropped.</summary>
    public bool TrimSpaces { get; init; }

    /// <summary>The column of the classes; null for the last one.</summary>
    public string? Label { get; init; }

    /// <summary>Characters dropped from the end of a label, for files that write it in two ways.</summary>
    public string LabelTrim { get; init; } = "";

    /// <summary>Columns that are left out.</summary>
    public IReadOnlyList<string> Ignore { get; init; } = [];

    /// <summary>What stands for a missing value.</summary>
    public IReadOnlyList<string> Missing { get; init; } = ["", "?", "NA", "NaN"];

    /// <summary>The column whose text is the sample; null to use all columns as features.</summary>
    public string? Text { get; init; }

    /// <summary>Tokens of a sample with <see cref="Text"/>; longer texts are cut off.</summary>
    [Range(1, 1 << 20)]
    public int MaxLength { get; init; } = 256;

    /// <summary>The most categories that a column may have.</summary>
    [Range(1, 1 << 20)]
    public int MaxCategories { get; init; } = 1000;

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
        Table train = Table.Read(PathOf(root, Train), this);
        int label = Label is null ? train.Columns.Length - 1 : train.Find(Label);
        var labels = new LabelMap(train.Rows.Select(row => LabelOf(row, label)));
        Table table = split == "train" ? train : Table.Read(PathOf(root, file), this);
        if (!table.Columns.SequenceEqual(train.Columns))
        {
            throw new DataFormatException(table.Path, "header",
                $"the columns are {string.Join(", ", table.Columns)}; "
                + $"those of the training file are {string.Join(", ", train.Columns)}");
        }
        long[] classes = [.. table.Rows.Select(row => labels.Find(LabelOf(row, label), table.Path, row.Line))];
        if (Text is { } text)
        {
            int column = table.Find(text);
            var tokens = new long[table.Rows.Count * MaxLength];
            for (int k = 0; k < table.Rows.Count; k++)
                ByteTokens.Encode(table.Rows[k].Fields[column], tokens.AsSpan(k * MaxLength, MaxLength));
            return Dataset.OfTokens("csv", split, tokens, [MaxLength], classes, labels.ClassNames);
        }

        HashSet<int> left = [label, .. Ignore.Select(train.Find)];
        ColumnEncoder[] encoders = [.. Enumerable.Range(0, train.Columns.Length).Where(column => !left.Contains(column))
            .Select(column => ColumnEncoder.Learn(train, column, Missing, MaxCategories))];
        int width = encoders.Sum(encoder => encoder.Width);
        if (width == 0)
            throw new DataFormatException(train.Path, "header", "no column is left for the features");
        var values = new float[checked(table.Rows.Count * width)];
        for (int k = 0; k < table.Rows.Count; k++)
        {
            Span<float> row = values.AsSpan(k * width, width);
            foreach (ColumnEncoder encoder in encoders)
            {
                encoder.Encode(table, table.Rows[k], row);
                row = row[encoder.Width..];
            }
        }
        return Dataset.OfNumbers("csv", split, values, [width], classes, labels.ClassNames);
    }

    internal DelimitedOptions Format(string path) => new()
    {
        Delimiter = Delimiter is "tab" or "\t" ? '\t' : Delimiter is [var one] ? one
            : throw new DataFormatException(
                path, "delimiter", $"'{Delimiter}' is no single character; use ',', ';', 'tab' or another one"),
        HasHeader = Header,
        Quote = Quotes ? '"' : null,
        TrimSpaces = TrimSpaces,
    };

    private string LabelOf(DelimitedRecord row, int column)
    {
        string word = row.Fields[column];
        return LabelTrim.Length > 0 && word.EndsWith(LabelTrim, StringComparison.Ordinal) ? word[..^LabelTrim.Length] : word;
    }

    private static string PathOf(string root, string file)
    {
        string path = Path.Combine(root, file);
        return File.Exists(path) ? path : throw new DataFormatException(path, "file", "there is no such file");
    }
}
