using System.Text.Json.Nodes;

namespace Retort.Atlas;

/// <summary>An entry as the table shows it.</summary>
public sealed record AtlasRow
{
    /// <summary>The entry's folder.</summary>
    public required string Slug { get; init; }

    /// <summary>The method's title, or the entry's own.</summary>
    public required string Title { get; init; }

    /// <summary>What the method transfers, in lower case; <c>other</c> for an entry about no method.</summary>
    public required string Family { get; init; }

    /// <summary>The claim in a sentence.</summary>
    public required string Claim { get; init; }

    /// <summary>Whether it holds; null where it was not measured as it stands now.</summary>
    public bool? Holds { get; init; }

    /// <summary>The first inequality's figure, its mean over the seeds.</summary>
    public double? Mean { get; init; }

    /// <summary>What it is compared with.</summary>
    public double? Baseline { get; init; }

    /// <summary>The standard error of the paired difference; null with one seed.</summary>
    public double? Spread { get; init; }

    /// <summary>How many seeds.</summary>
    public int? Seeds { get; init; }

    /// <summary>Seconds of computing from nothing.</summary>
    public double? WallSeconds { get; init; }

    /// <summary>The commit that was measured.</summary>
    public string? Commit { get; init; }

    /// <summary>The day of the measurement.</summary>
    public DateOnly? Date { get; init; }

    /// <summary>Writes rows as JSON; the key names are a contract.</summary>
    public static string ToJson(IEnumerable<AtlasRow> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        return new JsonArray([.. rows.Select(Json)]).ToJsonString(new() { WriteIndented = true });
    }

    private static JsonNode Json(AtlasRow row) => new JsonObject
    {
        ["slug"] = row.Slug,
        ["title"] = row.Title,
        ["family"] = row.Family,
        ["claim"] = row.Claim,
        ["holds"] = row.Holds,
        ["mean"] = Finite(row.Mean),
        ["baseline"] = Finite(row.Baseline),
        ["spread"] = Finite(row.Spread),
        ["seeds"] = row.Seeds,
        ["wall_s"] = Finite(row.WallSeconds),
        ["commit"] = row.Commit,
        ["date"] = row.Date?.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture),
    };

    // JSON has no NaN.
    private static double? Finite(double? value) => value is { } number && double.IsFinite(number) ? number : null;
}
