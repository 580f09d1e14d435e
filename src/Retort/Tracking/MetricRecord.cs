using System.Text.Json;

namespace Retort.Tracking;

/// <summary>One line of <c>metrics.jsonl</c>.</summary>
/// <param name="At">The moment.</param>
/// <param name="Values">The figures by name; empty on a line of text.</param>
/// <param name="Texts">The texts by name; empty on a line of figures.</param>
public sealed record MetricRecord(
    TrackPoint At, IReadOnlyDictionary<string, double> Values, IReadOnlyDictionary<string, string> Texts)
{
    /// <summary>Reads a line. Keys that it does not know are skipped, so that newer files stay readable.</summary>
    /// <exception cref="JsonException">It is no JSON object, or a key that every line has is missing or of the wrong
    /// kind.</exception>
    public static MetricRecord Parse(ReadOnlyMemory<byte> line)
    {
        using JsonDocument document = JsonDocument.Parse(line);
        JsonElement root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object)
            throw new JsonException($"a record must be an object, found {root.ValueKind}.");
        long? seed = root.TryGetProperty("seed", out JsonElement seedElement) && seedElement.ValueKind != JsonValueKind.Null
            ? ToInt64(seedElement, "seed")
            : null;
        var at = new TrackPoint(
            ToText(Need(root, "stage"), "stage"),
            seed,
            ToInt64(Need(root, "step"), "step"),
            ToDouble(Need(root, "epoch"), "epoch"),
            ToDouble(Need(root, "wall_s"), "wall_s"));
        return new MetricRecord(at, Entries(root, "values", ToDouble), Entries(root, "text", ToText));
    }

    private static Dictionary<string, T> Entries<T>(JsonElement root, string name, Func<JsonElement, string, T> read)
    {
        var result = new Dictionary<string, T>();
        if (!root.TryGetProperty(name, out JsonElement entries))
            return result;
        if (entries.ValueKind != JsonValueKind.Object)
            throw new JsonException($"'{name}' must be an object, found {entries.ValueKind}.");
        foreach (JsonProperty entry in entries.EnumerateObject())
            result[entry.Name] = read(entry.Value, entry.Name);
        return result;
    }

    private static JsonElement Need(JsonElement root, string name) =>
        root.TryGetProperty(name, out JsonElement value) ? value : throw new JsonException($"'{name}' is missing.");

    private static string ToText(JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.String
            ? value.GetString()!
            : throw new JsonException($"'{name}' must be a string, found {value.ValueKind}.");

    private static long ToInt64(JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long number)
            ? number
            : throw new JsonException($"'{name}' must be a whole number.");

    private static double ToDouble(JsonElement value, string name) => value.ValueKind switch
    {
        JsonValueKind.Number => value.GetDouble(),
        JsonValueKind.String when value.ValueEquals("NaN") => double.NaN,
        JsonValueKind.String when value.ValueEquals("Infinity") => double.PositiveInfinity,
        JsonValueKind.String when value.ValueEquals("-Infinity") => double.NegativeInfinity,
        _ => throw new JsonException($"'{name}' must be a number, \"NaN\", \"Infinity\" or \"-Infinity\"."),
    };
}
