using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Retort.Evaluation;
using Retort.Reports;
using Retort.Runs.Index;

namespace Retort.Cli.Commands;

/// <summary>What <c>retort runs --json</c> prints. What is not finite is null.</summary>
internal static class RunsJson
{
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static string Text(IEnumerable<RunEntry> runs) => new JsonArray([.. runs.Select(Entry)]).ToJsonString(Indented);

    public static string Text(IEnumerable<RankedRun> ranked) => new JsonArray([.. ranked.Select(row => (JsonNode)new JsonObject
    {
        ["run"] = row.Run.Name,
        ["folder"] = row.Run.Folder,
        ["recipe"] = row.Run.Recipe,
        ["time"] = row.Run.Time.ToString("O"),
        ["figure"] = Figure(row.Figure),
    })]).ToJsonString(Indented);

    public static string Text(RunDetails run)
    {
        JsonObject json = Entry(run.Entry);
        json["seeds"] = run.Summary is null ? null : new JsonArray([.. run.Summary.Seeds.Select(s => (JsonNode)s)]);
        json["peak_rss_bytes"] = run.Summary?.PeakRssBytes;
        json["results"] = new JsonArray([.. (run.Summary?.Results ?? []).Select(Result)]);
        json["models"] = new JsonArray([.. (run.Summary?.Models ?? []).Select(Model)]);
        json["stages"] = new JsonArray([.. run.Stages.Select(s => (JsonNode)new JsonObject
        {
            ["name"] = s.Stage,
            ["seed"] = s.Seed,
            ["done"] = s.IsDone,
            ["wall_s"] = Number(s.WallSeconds),
        })]);
        json["environment"] = Environment(run.Summary?.Environment);
        json["recipe_yaml"] = run.RecipeText;
        json.Remove("figures");
        return json.ToJsonString(Indented);
    }

    public static string Text(RunEntry first, RunEntry second, RunDifference difference) => new JsonObject
    {
        ["a"] = first.Name,
        ["b"] = second.Name,
        ["recipe"] = Values(difference.Recipe, "key"),
        ["results"] = new JsonArray([.. difference.Figures.Select(f => (JsonNode)new JsonObject
        {
            ["name"] = f.Name,
            ["split"] = f.Split,
            ["metric"] = f.Metric,
            ["a"] = Number(f.First),
            ["b"] = Number(f.Second),
            ["difference"] = Number(f.Difference),
            ["paired"] = f.Test is { } test ? Paired(test) : null,
        })]),
        ["unshared"] = Values(difference.Unshared, "figure"),
        ["environment"] = Values(difference.Environment, "key"),
    }.ToJsonString(Indented);

    private static JsonObject Entry(RunEntry run) => new()
    {
        ["run"] = run.Name,
        ["folder"] = run.Folder,
        ["state"] = RunsText.StateOf(run),
        ["problem"] = run.Problem,
        ["recipe"] = run.Recipe,
        ["time"] = run.Time.ToString("O"),
        ["wall_s"] = Number(run.WallSeconds),
        ["figures"] = new JsonArray([.. run.Figures.Select(Figure)]),
    };

    private static JsonNode Figure(RunFigure figure) => new JsonObject
    {
        ["name"] = figure.Name,
        ["split"] = figure.Split,
        ["metric"] = figure.Metric,
        ["mean"] = Number(figure.Mean),
        ["std"] = Number(figure.StandardDeviation),
        ["seeds"] = figure.Seeds,
    };

    private static JsonNode Result(ResultSummary result) => new JsonObject
    {
        ["name"] = result.Name,
        ["split"] = result.Split,
        ["metric"] = result.Metric,
        ["mean"] = Number(result.Mean),
        ["std"] = Number(result.StandardDeviation),
        ["values"] = new JsonArray([.. result.Values.Select(Number)]),
    };

    private static JsonNode Model(ModelSummary model) => new JsonObject
    {
        ["name"] = model.Name,
        ["architecture"] = model.Architecture,
        ["parameters"] = model.Parameters,
        ["macs"] = model.Macs,
        ["bytes"] = model.Bytes,
        ["latency_ms"] = Number(model.LatencyMilliseconds),
    };

    private static JsonObject? Environment(RunEnvironment? on) => on is null ? null : new JsonObject
    {
        ["retort"] = on.Retort,
        ["commit"] = on.Commit,
        ["libtorch"] = on.Libtorch,
        ["dotnet"] = on.Dotnet,
        ["operating_system"] = on.OperatingSystem,
        ["processor"] = on.Processor,
        ["device"] = on.Device,
        ["threads"] = on.Threads,
    };

    private static JsonObject Paired(PairedTest test) => new()
    {
        ["pairs"] = test.Pairs,
        ["mean_difference"] = Number(test.MeanDifference),
        ["standard_error"] = Number(test.StandardError),
        ["p"] = Number(test.PValue),
    };

    private static JsonArray Values(IEnumerable<ValueDifference> values, string key) =>
        new([.. values.Select(v => (JsonNode)new JsonObject
    {
        [key] = v.Key,
        ["a"] = v.First,
        ["b"] = v.Second,
    })]);

    private static JsonNode? Number(double value) => double.IsFinite(value) ? JsonValue.Create(value) : null;
}
