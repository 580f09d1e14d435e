using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Retort.Data.Formats;

namespace Retort.Data.Sets;

/// <summary>JSON Lines files whose objects have an input (a list of numbers, or a text) and a label (a word or a
/// number).</summary>
/// <remarks>A text becomes its UTF-8 bytes (see <see cref="ByteTokens"/>); lists of numbers must be of one length.</remarks>
[Dataset("jsonl")]
public sealed record JsonLinesSet : DatasetOptions
{
    /// <summary>The training file in the data's folder, plain or gzip.</summary>
    public string Train { get; init; } = "train.jsonl";

    /// <summary>The test file.</summary>
    public string Test { get; init; } = "test.jsonl";

    /// <summary>The field of the input.</summary>
    public string Input { get; init; } = "input";

    /// <summary>The field of the label; null where samples have none.</summary>
    public string? Label { get; init; } = "label";

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
        string path = PathOf(root, file);
        JsonLine[] lines = [.. JsonLines.Read(path)];
        if (lines.Length == 0)
            throw new DataFormatException(path, "file", "there are no objects");
        IReadOnlyList<string> names = [];
        var labels = new long[lines.Length];
        Array.Fill(labels, Dataset.NoLabel);
        if (Label is not null)
        {
            string trainPath = PathOf(root, Train);
            var map = new LabelMap(
                (split == "train" ? lines : JsonLines.Read(trainPath)).Select(line => LabelOf(line, trainPath)));
            names = map.ClassNames;
            labels = Array.ConvertAll(lines, line => map.Find(LabelOf(line, path), path, line.Number));
        }
        return Field(lines[0], Input, path).ValueKind == JsonValueKind.String
            ? Dataset.OfTokens("jsonl", split, Tokens(lines, path), [MaxLength], labels, names)
            : Numbers(lines, path, split, labels, names);
    }

    private static JsonElement Field(JsonLine line, string name, string path) =>
        line.Value.TryGetProperty(name, out JsonElement value) ? value
        : throw new DataFormatException(path, $"line {line.Number}",
            $"there is no field '{name}'; there are: "
            + string.Join(", ", line.Value.EnumerateObject().Select(field => field.Name).Take(20)));

    private static string PathOf(string root, string file)
    {
        string path = Path.Combine(root, file);
        return File.Exists(path) ? path : throw new DataFormatException(path, "file", "there is no such file");
    }

    private string LabelOf(JsonLine line, string path)
    {
        JsonElement value = Field(line, Label!, path);
        return value.ValueKind switch
        {
            JsonValueKind.String => value.GetString()!,
            JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
            _ => throw new DataFormatException(
                path, $"line {line.Number}", $"the label '{Label}' is {Kind(value)}; a word or a number is expected"),
        };
    }

    private long[] Tokens(JsonLine[] lines, string path)
    {
        var tokens = new long[checked(lines.Length * MaxLength)];
        for (int k = 0; k < lines.Length; k++)
        {
            JsonElement value = Field(lines[k], Input, path);
            if (value.ValueKind != JsonValueKind.String)
                throw new DataFormatException(
                    path, $"line {lines[k].Number}", $"'{Input}' is {Kind(value)}; the first line has a text");
            ByteTokens.Encode(value.GetString()!, tokens.AsSpan(k * MaxLength, MaxLength));
        }
        return tokens;
    }

    private Dataset Numbers(JsonLine[] lines, string path, string split, long[] labels, IReadOnlyList<string> names)
    {
        List<float> values = [];
        int width = -1;
        foreach (JsonLine line in lines)
        {
            JsonElement value = Field(line, Input, path);
            if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() == 0)
                throw new DataFormatException(
                    path, $"line {line.Number}", $"'{Input}' is {Kind(value)}; a text or a list of numbers is expected");
            width = width < 0 ? value.GetArrayLength() : width;
            if (value.GetArrayLength() != width)
                throw new DataFormatException(
                    path, $"line {line.Number}", $"'{Input}' has {value.GetArrayLength()} numbers; the first line has {width}");
            foreach (JsonElement element in value.EnumerateArray())
            {
                values.Add(element.ValueKind == JsonValueKind.Number
                    && element.TryGetSingle(out float number) && float.IsFinite(number) ? number
                    : throw new DataFormatException(
                        path, $"line {line.Number}", $"'{Input}' holds {element.GetRawText()}; finite numbers are expected"));
            }
        }
        return Dataset.OfNumbers("jsonl", split, [.. values], [width], labels, names);
    }

    private static string Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => "a list",
        JsonValueKind.Object => "an object",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => "a number",
        _ => "nothing",
    };
}
