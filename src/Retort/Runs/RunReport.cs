using System.Runtime.InteropServices;
using Retort.Reports;
using Retort.Stages;
using Retort.Torch;
using Retort.Tracking;

namespace Retort.Runs;

/// <summary>Writes <c>summary.json</c> and <c>report.html</c> from what the stages left.</summary>
internal static class RunReport
{
    public static RunSummary Write(RunSession session, string recipeYaml, double seconds, string? commandLine)
    {
        var builder = new RunSummaryBuilder(session, string.Empty);
        foreach (Stage stage in session.Plan.Stages)
        {
            if (stage is not ISummarized summarized)
                continue;
            builder.Stage = session.Plan.NameOf(stage);
            builder.StageData = stage.Options.Data;
            summarized.Summarize(builder);
        }

        var summary = new RunSummary
        {
            Recipe = session.Recipe.Name,
            Results = [.. builder.Results.DistinctBy(r => (r.Name, r.Split, r.Metric))],
            Models = [.. builder.Models],
            WallSeconds = seconds,
            PeakRssBytes = PeakRss(),
            Seeds = [.. session.Seeds],
            FinishedAt = DateTimeOffset.UtcNow,
            Environment = Environment(session),
        };
        SummaryFile.Write(session.Folder.In("summary.json"), summary);
        if (builder.Models.Count > 0 || builder.Exports.Count > 0)
            RunExport.Write(session, builder, summary);
        ReportPage.Write(session.Folder.In("report.html"), new ReportData
        {
            Summary = summary,
            Description = session.Recipe.Description ?? string.Empty,
            Teacher = builder.Names.Teacher,
            Baseline = builder.Names.Baseline,
            Distilled = builder.Names.Distilled,
            Metric = builder.Names.Metric,
            Split = builder.Names.Split,
            Curves = Curves(session),
            Evaluations = [.. builder.Evaluations],
            ClassNames = builder.ClassNames,
            Agreements = [.. builder.Agreements],
            Disagreements = [.. builder.Disagreements],
            Sheets = [.. builder.Sheets],
            RecipeYaml = recipeYaml,
            Reproduce = commandLine is null ? [] : [commandLine],
        });
        return summary;
    }

    private static IReadOnlyList<LearningCurve> Curves(RunSession session)
    {
        IReadOnlyList<MetricRecord> records = [.. MetricsLog.Read(session.Folder.In("metrics.jsonl"))];
        string split = session.Data.For(null)?.Options.Validation > 0 ? "validation" : "test";
        return
        [
            .. LearningCurves.From(records, "train/loss", "loss", "train"),
            .. LearningCurves.From(records, $"{split}/accuracy", "accuracy", split),
        ];
    }

    private static RunEnvironment Environment(RunSession session) => new()
    {
        Retort = BuildInfo.Version,
        Commit = BuildInfo.Commit,
        Libtorch = Engine.Version,
        Dotnet = RuntimeInformation.FrameworkDescription,
        OperatingSystem = RuntimeInformation.OSDescription,
        Processor = Processor(),
        Device = session.Device.ToString(),
        Threads = Engine.Threads,
    };

    private static long PeakRss()
    {
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }

    private static string? Processor() => File.Exists("/proc/cpuinfo")
        ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))
            ?.Split(':', 2)[1].Trim()
        : null;
}
