using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Retort.Data.Formats;

namespace Retort.Data.Sets;

/// <summary>JSON Lines files whose objects have a prompt and a completion, as toolkits for language models read them.</summary>
[Dataset("prompts")]
public sealed record PromptLines : PromptedSet
{
    /// <summary>The training file in the data's folder, plain or gzip.</summary>
    public string Train { get; init; } = "train.jsonl";

    /// <summary>The test file.</summary>
    public string Test { get; init; } = "test.jsonl";

    /// <summary>The field of the prompt.</summary>
    [MinLength(1)]
    public string Prompt { get; init; } = "prompt";

    /// <summary>The field of the completion.</summary>
    [MinLength(1)]
    public string Completion { get; init; } = "completion";

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
        if (!File.Exists(path))
            throw new DataFormatException(path, "file", "there is no such file");
        JsonLine[] lines = [.. JsonLines.Read(path)];
        return lines.Length == 0
            ? throw new DataFormatException(path, "file", "there are no objects")
            : Build(
                path, split, [.. lines.Select(l => (Text(l, Prompt, path), Text(l, Completion, path)))],
                k => $"line {lines[k].Number}");
    }

    private static string Text(JsonLine line, string field, string path) =>
        line.Value.TryGetProperty(field, out JsonElement value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()!
            : throw new DataFormatException(
                path, $"line {line.Number}",
                $"there is no text '{field}'; there are: "
                + $"{string.Join(", ", line.Value.EnumerateObject().Select(f => f.Name).Take(20))}");
}
