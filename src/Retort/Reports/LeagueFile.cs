using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Retort.Reports;

/// <summary>Writes a league as JSON; its key names are a contract.</summary>
/// <remarks>
/// <c>title</c>, <c>metric</c>, <c>split</c>, <c>baseline</c>, <c>reference</c>, <c>seeds</c>; <c>rows</c>, best first, each with
/// <c>rank</c>, <c>name</c>, <c>settings</c>, <c>mean</c>, <c>std</c>, <c>values</c> (one a seed), <c>against_baseline</c> and
/// <c>against_reference</c> (null, or <c>gain</c>, <c>se</c>, <c>p</c>, <c>p_holm</c>), <c>train_s</c> (all seeds),
/// <c>step_ms</c>, <c>peak_rss_bytes</c>; <c>teacher</c> (null, or <c>name</c>, <c>mean</c>, <c>std</c>, <c>values</c>);
/// <c>absent</c>, each with <c>name</c>, <c>reason</c>, <c>has_run</c>; <c>tuning</c>, <c>wall_s</c>, <c>date</c>, <c>commit</c>,
/// <c>processor</c>, <c>threads</c>. What is not finite or not known is null.
/// </remarks>
public static class LeagueFile
{
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes the file as a whole or not at all.</summary>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public static void Write(string path, LeagueReport report) => AtomicFile.Write(path, Json(report) + "\n");

    /// <summary>The JSON.</summary>
    public static string Json(LeagueReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        LeagueTable table = report.Table;
        return new JsonObject
        {
            ["title"] = report.Title,
            ["metric"] = table.Metric,
            ["split"] = table.Split,
            ["baseline"] = table.Baseline,
            ["reference"] = table.Reference,
            ["seeds"] = new JsonArray([.. table.Seeds.Select(s => JsonValue.Create(s))]),
            ["rows"] = new JsonArray([.. table.Rows.Select(Row)]),
            ["teacher"] = report.Teacher is { } teacher ? Figures(new JsonObject { ["name"] = teacher.Name }, teacher) : null,
            ["absent"] = new JsonArray([.. report.Absent.Select(a =>
                new JsonObject { ["name"] = a.Name, ["reason"] = a.Reason, ["has_run"] = a.HasRun })]),
            ["tuning"] = report.Tuning,
            ["wall_s"] = Number(report.WallSeconds),
            ["date"] = report.FinishedAt?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            ["commit"] = report.Environment?.Commit,
            ["processor"] = report.Environment?.Processor,
            ["threads"] = report.Environment?.Threads,
        }.ToJsonString(Indented);
    }

    private static JsonObject Row(LeagueRow row)
    {
        var json = new JsonObject { ["rank"] = row.Rank, ["name"] = row.Entry.Name, ["settings"] = row.Entry.Settings };
        Figures(json, row.Entry);
        json["against_baseline"] = Comparison(row.AgainstBaseline);
        json["against_reference"] = Comparison(row.AgainstReference);
        json["train_s"] = Number(row.Entry.WallSeconds);
        json["step_ms"] = Number(row.Entry.StepMilliseconds);
        json["peak_rss_bytes"] = Number(row.Entry.PeakBytes);
        return json;
    }

    private static JsonObject Figures(JsonObject json, LeagueEntry entry)
    {
        Evaluation.MeanAndSpread spread = Evaluation.MeanAndSpread.Of(entry.Values);
        json["mean"] = Number(spread.Mean);
        json["std"] = Number(spread.StandardDeviation);
        json["values"] = new JsonArray([.. entry.Values.Select(Number)]);
        return json;
    }

    private static JsonObject? Comparison(LeagueComparison? comparison) => comparison is null ? null : new JsonObject
    {
        ["gain"] = Number(comparison.Gain),
        ["se"] = Number(comparison.Test.StandardError),
        ["p"] = Number(comparison.Test.PValue),
        ["p_holm"] = Number(comparison.AdjustedPValue),
    };

    private static JsonValue? Number(double value) => double.IsFinite(value) ? JsonValue.Create(value) : null;
}
