using System.Text.Json;

namespace Retort.Runs;

/// <summary>What the atlas measured of a method's claim, as its <c>result.json</c> has it.</summary>
/// <param name="Claim">The claim in words.</param>
/// <param name="Holds">Whether it held; null where it was not measured.</param>
/// <param name="Seeds">Over how many seeds.</param>
/// <param name="Date">When, as written there.</param>
public sealed record MethodMeasurement(string Claim, bool? Holds, int Seeds, string Date)
{
    private const long MostBytes = 1 << 20;

    /// <summary>Reads <c>SLUG/result.json</c> below the atlas folder; null where there is none that says a claim.</summary>
    /// <param name="atlas">The folder of the atlas's entries.</param>
    /// <param name="slug">The method.</param>
    public static MethodMeasurement? Find(string atlas, string slug)
    {
        ArgumentNullException.ThrowIfNull(atlas);
        ArgumentNullException.ThrowIfNull(slug);
        string path = Path.Combine(atlas, slug, "result.json");
        if (new FileInfo(path) is not { Exists: true, Length: <= MostBytes })
            return null;
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            JsonElement root = document.RootElement;
            return root.ValueKind == JsonValueKind.Object && TextOf(root, "claim") is { Length: > 0 } claim
                ? new MethodMeasurement(claim, HoldsOf(root), SeedsOf(root), TextOf(root, "date"))
                : null;
        }
        catch (JsonException)
        {
            // The atlas itself says what is wrong with its files.
            return null;
        }
    }

    private static bool? HoldsOf(JsonElement root) => root.TryGetProperty("holds", out JsonElement holds)
        ? holds.ValueKind switch { JsonValueKind.True => true, JsonValueKind.False => false, _ => null }
        : null;

    private static int SeedsOf(JsonElement root) => !root.TryGetProperty("seeds", out JsonElement seeds) ? 0
        : seeds.ValueKind == JsonValueKind.Array ? seeds.GetArrayLength()
        : seeds.ValueKind == JsonValueKind.Number && seeds.TryGetInt32(out int count) ? count : 0;

    private static string TextOf(JsonElement root, string key) =>
        root.TryGetProperty(key, out JsonElement text) && text.ValueKind == JsonValueKind.String
            ? text.GetString()!
            : string.Empty;
}
