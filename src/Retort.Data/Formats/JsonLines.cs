using System.Text.Json;

namespace Retort.Data.Formats;

/// <summary>Reads JSON Lines files: one JSON object a line, UTF-8, plain or gzip.</summary>
public static class JsonLines
{
    /// <summary>Reads the objects of a file one by one; blank lines are skipped.</summary>
    /// <param name="path">A JSON Lines file, plain or gzip whatever its name.</param>
    /// <param name="maxLineBytes">The longest line allowed.</param>
    /// <exception cref="DataFormatException">A line is no JSON object, no UTF-8, or longer than allowed.</exception>
    public static IEnumerable<JsonLine> Read(string path, int maxLineBytes = TextFile.DefaultMaxLineBytes)
    {
        using LineReader reader = new(ByteSource.Open(path), maxLineBytes);
        while (reader.Read() is { } line)
        {
            if (!string.IsNullOrWhiteSpace(line))
                yield return new JsonLine(reader.LineNumber, Parse(line, reader));
        }
    }

    private static JsonElement Parse(string line, LineReader reader)
    {
        JsonElement value;
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            value = document.RootElement.Clone();
        }
        catch (JsonException error)
        {
            throw new DataFormatException(reader.Name, $"line {reader.LineNumber}, byte {(error.BytePositionInLine ?? 0) + 1}",
                "the line is not valid JSON", error);
        }
        return value.ValueKind == JsonValueKind.Object
            ? value
            : throw reader.Fail(
                $"the line holds a JSON {value.ValueKind.ToString().ToLowerInvariant()}; an object {{…}} is expected");
    }
}
