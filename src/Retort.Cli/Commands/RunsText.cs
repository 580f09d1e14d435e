using System.Globalization;
using Retort.Evaluation;
using Retort.Reports;
using Retort.Runs.Index;

namespace Retort.Cli.Commands;

/// <summary>What <c>retort runs</c> shows to people.</summary>
internal static class RunsText
{
    private const string UsualMetric = "accuracy";

    public static void List(TextWriter writer, IReadOnlyList<RunEntry> runs, string? metric, string root, bool isCut)
    {
        if (runs.Count == 0)
        {
            writer.WriteLine($"There are no runs in {Words.Relative(root)}; `retort run RECIPE` makes one.");
            return;
        }

        var table = new TextTable("run", "state", "recipe", "time", ">computed", "result");
        foreach (RunEntry run in runs)
        {
            RunFigure? figure = run.Headline(metric ?? UsualMetric);
            if (metric is null && figure is null && run.Figures is [.., var last])
                figure = last;
            table.Add(
                run.Name, StateOf(run), run.Recipe ?? "–", Words.Moment(run.Time),
                double.IsNaN(run.WallSeconds) ? "–" : Words.Duration(run.WallSeconds),
                run.State == RunState.Broken ? run.Problem ?? "–"
                    : figure is null ? "–"
                    : $"{figure.Name} {figure.Split} {figure.Metric} {Words.Spread(figure.Mean, figure.StandardDeviation)} "
                        + $"({Words.Count(figure.Seeds, "seed")})");
        }

        table.Write(writer);
        if (isCut)
            writer.WriteLine($"… these are the newest {runs.Count}; --limit 0 shows all.");
    }

    public static void Show(TextWriter writer, RunDetails run)
    {
        RunEntry entry = run.Entry;
        string recipe = Words.Plain(entry.Recipe ?? "unknown");
        writer.WriteLine($"{Words.Plain(entry.Name)}: {StateOf(entry)}, recipe {recipe}, {Words.Moment(entry.Time)}");
        writer.WriteLine($"  {Words.Plain(Words.Relative(entry.Folder))}");
        if (entry.Problem is not null)
            writer.WriteLine($"  {Words.Plain(entry.Problem)}");
        if (run.Summary is { } summary)
        {
            writer.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"  seeds {string.Join(", ", summary.Seeds)}; {Words.Duration(summary.WallSeconds)} of computing; "
                    + $"at most {summary.PeakRssBytes / 1048576.0:F0} MiB"));
            Results(writer, summary);
            Models(writer, summary);
        }

        Stages(writer, run.Stages);
        Environment(writer, run.Summary?.Environment);
        if (run.RecipeText is null)
            return;
        writer.WriteLine("Recipe");
        foreach (string line in run.RecipeText.TrimEnd().Split('\n'))
            writer.WriteLine(Words.Plain($"  {line.TrimEnd('\r')}"));
    }

    public static void Diff(TextWriter writer, RunEntry first, RunEntry second, RunDifference difference)
    {
        writer.WriteLine($"A  {Words.Plain(first.Name)} ({StateOf(first)}, {Words.Moment(first.Time)})");
        writer.WriteLine($"B  {Words.Plain(second.Name)} ({StateOf(second)}, {Words.Moment(second.Time)})");
        Values(writer, "Recipe", difference.Recipe, "The recipes are the same.");
        if (difference.Figures.Count > 0)
        {
            writer.WriteLine("Results");
            var table = new TextTable("model", "split", "metric", ">A", ">B", ">B − A", ">p", ">pairs");
            foreach (FigureDifference f in difference.Figures)
            {
                table.Add(
                    f.Name, f.Split, f.Metric, Words.Figure(f.First), Words.Figure(f.Second), Words.Signed(f.Difference),
                    P(f.Test), f.Test?.Pairs.ToString(CultureInfo.InvariantCulture) ?? "–");
            }

            table.Write(writer, "  ");
            writer.WriteLine(
                "  p: two-sided paired t-test over the seeds of both, each figure for itself; – with fewer than two.");
        }

        Values(writer, "Only one of them has", difference.Unshared, string.Empty);
        Values(writer, "Environment", difference.Environment, "They ran on the same.");
    }

    public static void Best(TextWriter writer, IReadOnlyList<RankedRun> ranked)
    {
        if (ranked.Count == 0)
        {
            writer.WriteLine("No run has such a figure.");
            return;
        }

        var table = new TextTable(">#", "run", "recipe", "model", "split", ranked[0].Figure.Metric, ">seeds", "time");
        foreach ((int k, RankedRun row) in ranked.Index())
        {
            RunFigure f = row.Figure;
            table.Add(
                (k + 1).ToString(CultureInfo.InvariantCulture), row.Run.Name, row.Run.Recipe ?? "–", f.Name, f.Split,
                Words.Spread(f.Mean, f.StandardDeviation), f.Seeds.ToString(CultureInfo.InvariantCulture),
                Words.Moment(row.Run.Time));
        }

        table.Write(writer);
    }

    public static string StateOf(RunEntry run) => run.State.ToString().ToLowerInvariant();

    private static string P(PairedTest? test) => test?.PValue switch
    {
        null or double.NaN => "–",
        < 0.0001 => "<0.0001",
        { } p => Words.Figure(p),
    };

    private static void Results(TextWriter writer, RunSummary summary)
    {
        if (summary.Results.Count == 0)
            return;
        writer.WriteLine("Results");
        var table = new TextTable("model", "split", "metric", "mean", "values");
        foreach (ResultSummary r in summary.Results)
        {
            table.Add(
                r.Name, r.Split, r.Metric, Words.Spread(r.Mean, r.StandardDeviation),
                string.Join(" ", r.Values.Take(10).Select(Words.Figure)));
        }

        table.Write(writer, "  ");
    }

    private static void Models(TextWriter writer, RunSummary summary)
    {
        if (summary.Models.Count == 0)
            return;
        writer.WriteLine("Models");
        var table = new TextTable("model", "architecture", ">parameters", ">MACs", ">bytes", ">ms a sample");
        foreach (ModelSummary m in summary.Models)
        {
            table.Add(
                m.Name, m.Architecture ?? "–", N(m.Parameters), N(m.Macs), N(m.Bytes),
                double.IsNaN(m.LatencyMilliseconds) ? "–" : m.LatencyMilliseconds.ToString("G3", CultureInfo.InvariantCulture));
        }

        table.Write(writer, "  ");
    }

    private static void Stages(TextWriter writer, IReadOnlyList<RunStageTime> stages)
    {
        if (stages.Count == 0)
            return;
        writer.WriteLine("Stages");
        var table = new TextTable("stage", ">seed", ">seconds");
        foreach (RunStageTime stage in stages)
        {
            table.Add(
                stage.Stage, stage.Seed.ToString(CultureInfo.InvariantCulture),
                stage.IsDone ? stage.WallSeconds.ToString("F1", CultureInfo.InvariantCulture) : "unfinished");
        }

        table.Write(writer, "  ");
    }

    private static void Environment(TextWriter writer, RunEnvironment? on)
    {
        if (on is null)
            return;
        writer.WriteLine("Environment");
        (string Name, string? Value)[] lines =
        [
            ("retort", on.Commit is null ? on.Retort : $"{on.Retort} ({on.Commit})"),
            ("libtorch", on.Libtorch), (".NET", on.Dotnet),
            ("system", on.OperatingSystem), ("processor", on.Processor), ("device", on.Device),
            ("threads", on.Threads?.ToString(CultureInfo.InvariantCulture)),
            .. (on.Libraries ?? new Dictionary<string, string>()).Select(l => (l.Key, (string?)l.Value)),
        ];
        foreach ((string name, string? value) in lines.Where(l => l.Value is not null))
            writer.WriteLine(Words.Plain($"  {name,-10} {value}"));
    }

    private static void Values(TextWriter writer, string title, IReadOnlyList<ValueDifference> values, string none)
    {
        if (values.Count == 0)
        {
            if (none.Length > 0)
                writer.WriteLine(none);
            return;
        }

        writer.WriteLine(title);
        var table = new TextTable("key", "A", "B");
        foreach (ValueDifference value in values)
            table.Add(value.Key, value.First ?? "–", value.Second ?? "–");
        table.Write(writer, "  ");
    }

    private static string N(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
