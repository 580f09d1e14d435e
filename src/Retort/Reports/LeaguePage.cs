using System.Globalization;
using Retort.Evaluation;
using Retort.Reports.Plots;

namespace Retort.Reports;

/// <summary>Writes a <see cref="LeagueTable"/> as a page like the report's: one file, no script.</summary>
public static class LeaguePage
{
    private const int MostRowsDrawn = 40;
    private const double Level = 0.05;

    /// <summary>Writes the page to a file, as a whole or not at all.</summary>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public static void Write(string path, LeagueTable table, string title) => AtomicFile.Write(path, Html(table, title));

    /// <summary>Writes the page to a file, as a whole or not at all.</summary>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public static void Write(string path, LeagueReport report) => AtomicFile.Write(path, Html(report));

    /// <summary>The page of a table alone.</summary>
    public static string Html(LeagueTable table, string title) => Html(new LeagueReport { Table = table, Title = title });

    /// <summary>The page.</summary>
    public static string Html(LeagueReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        LeagueTable table = report.Table;
        MetricInfo metric = MetricInfo.Of(table.Metric);
        var html = new HtmlWriter();
        PageFrame.Begin(html, report.Title + " · Retort");
        html.Write($"<header><p class=\"kicker\"><b>{report.Title}</b><span>{metric.Title}, {table.Split} split</span>");
        html.Write($"<span>{table.Rows.Count} rows, {table.Seeds.Count} seeds</span>");
        if (report.FinishedAt is { } date)
            html.Write($"<span>{date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}</span>");
        html.Write($"</p><div class=\"verdict\"><div><h1>{Headline(table, metric)}</h1><p>{Detail(table)}</p></div>");
        html.Write($"<div>");
        LeagueNotes.WriteHeader(html, report, metric);
        html.Write($"</div></div></header>");
        if (table.Rows.Count > 0)
        {
            WriteSpread(html, table, metric);
            WriteTable(html, table, metric);
            WriteCost(html, table, metric);
        }

        LeagueNotes.WriteSections(html, report);
        PageFrame.End(html, report.Environment?.Retort);
        return html.ToString();
    }

    private static string Headline(LeagueTable table, MetricInfo metric)
    {
        LeagueRow? best = table.Rows.FirstOrDefault(r => double.IsFinite(r.Spread.Mean));
        return best is null
            ? "Nothing to compare."
            : $"{best.Entry.Name} leads with {Write(best.Spread, metric)}.";
    }

    private static string Detail(LeagueTable table)
    {
        int compared = table.Rows.Count(r => r.AgainstBaseline is not null);
        int proven = table.Rows.Count(r => IsCertain(r.AgainstBaseline) && r.AgainstBaseline!.Gain > 0);
        string against = compared == 0
            ? $"There is no '{table.Baseline}' to compare with."
            : $"{proven} of {compared} methods beat {table.Baseline} beyond chance "
                + $"(paired t-test, Holm-corrected p < {Figures.Fixed(Level, 2)}).";
        return against + " A star marks what holds at that level.";
    }

    private static bool IsCertain(LeagueComparison? comparison) => comparison is { AdjustedPValue: < Level };

    private static PlotColor ColorOf(LeagueTable table, LeagueRow row) =>
        row.Entry.Name == table.Baseline ? PlotColor.Vermilion
        : row.Entry.Name == table.Reference ? PlotColor.Green
        : PlotColor.Blue;

    private static void WriteSpread(HtmlWriter html, LeagueTable table, MetricInfo metric)
    {
        html.BeginSection("spread", "Every seed");
        html.Write($"<div class=\"big\">");
        html.Drawing(new IntervalPlot
        {
            Title = $"{metric.Title} of every method and seed",
            Width = 620,
            Axis = new Axis { Label = $"{metric.Title}, {table.Split} split; rings are seeds", Format = metric.Format },
            Rows =
            [
                .. table.Rows.Take(MostRowsDrawn).Select(r => new IntervalRow
                {
                    Name = r.Entry.Name,
                    Values = r.Entry.Values,
                    ValueNames = [.. r.Entry.Seeds.Select(s => $"seed {s}")],
                    Color = ColorOf(table, r),
                }),
            ],
        });
        html.Write($"</div>");
        if (table.Rows.Count > MostRowsDrawn)
            html.Write($"<p class=\"soft\">The first {MostRowsDrawn} of {table.Rows.Count} are drawn.</p>");
        html.EndSection();
    }

    private static void WriteTable(HtmlWriter html, LeagueTable table, MetricInfo metric)
    {
        html.BeginSection(
            "table",
            "Table",
            "Gains are means of the differences seed by seed, ± their standard error; p is corrected for the column.");
        html.Write($"<div class=\"scroll\"><table><thead><tr><th scope=\"col\">Method</th><th scope=\"col\">{metric.Title}</th>");
        html.Write($"<th scope=\"col\">against {table.Baseline}</th><th scope=\"col\">against {table.Reference}</th>");
        bool hasModels = table.Rows.Any(r => r.Entry.Model is not null);
        if (hasModels)
            html.Write($"<th scope=\"col\">Parameters</th><th scope=\"col\">Latency, ms</th>");
        bool hasSteps = table.Rows.Any(r => double.IsFinite(r.Entry.StepMilliseconds));
        if (hasSteps)
            html.Write($"<th scope=\"col\">ms a step</th><th scope=\"col\">Peak memory</th>");
        html.Write($"<th scope=\"col\">Training</th></tr></thead>");
        html.Write($"<tbody>");
        foreach (LeagueRow row in table.Rows)
        {
            string each = string.Join(" · ", row.Entry.Values.Take(10).Select(v => Bare(v, metric)));
            html.Write($"<tr><th scope=\"row\"><span class=\"soft\">{row.Rank}</span>");
            html.Write($"<span class=\"name\">{row.Entry.Name}</span>");
            if (row.Entry.Settings.Length > 0)
                html.Write($"<span class=\"under\">{row.Entry.Settings}</span>");
            html.Write($"</th>");
            html.Write($"<td><span class=\"v\">{Write(row.Spread, metric)}</span><span class=\"each\">{each}</span></td>");
            WriteComparison(html, row.AgainstBaseline, metric);
            WriteComparison(html, row.AgainstReference, metric);
            if (hasModels)
                WriteModel(html, row.Entry.Model);
            if (hasSteps)
            {
                string memory = double.IsFinite(row.Entry.PeakBytes) ? Figures.Bytes(row.Entry.PeakBytes) : "–";
                html.Write($"<td class=\"nowrap\">{Figures.Significant(row.Entry.StepMilliseconds)}</td>");
                html.Write($"<td class=\"nowrap\">{memory}</td>");
            }

            html.Write($"<td class=\"nowrap\">{Figures.Duration(row.Entry.WallSeconds)}</td></tr>");
        }

        html.Write($"</tbody></table></div>");
        html.EndSection();
    }

    private static void WriteModel(HtmlWriter html, ModelSummary? model)
    {
        html.Write($"<td class=\"nowrap\">{(model is { Parameters: > 0 } ? Figures.Compact(model.Parameters) : "–")}</td>");
        html.Write($"<td class=\"nowrap\">{Figures.Significant(model?.LatencyMilliseconds ?? double.NaN)}</td>");
    }

    private static void WriteComparison(HtmlWriter html, LeagueComparison? comparison, MetricInfo metric)
    {
        if (comparison is null || double.IsNaN(comparison.Gain))
        {
            html.Write($"<td>–</td>");
            return;
        }

        string sign = comparison.Gain > 0 ? "+" : "";
        string error = double.IsNaN(comparison.Test.StandardError) ? "" : " ± " + Bare(comparison.Test.StandardError, metric);
        string star = IsCertain(comparison) ? " ★" : "";
        html.Write($"<td><span class=\"v\">{sign}{Bare(comparison.Gain, metric)}{error}{star}</span>");
        if (!double.IsNaN(comparison.AdjustedPValue))
            html.Write($"<span class=\"each\">p {Figures.PValue(comparison.AdjustedPValue)}</span>");
        html.Write($"</td>");
    }

    private static void WriteCost(HtmlWriter html, LeagueTable table, MetricInfo metric)
    {
        ScatterPoint[] points =
        [
            .. table.Rows.Where(r => r.Entry.WallSeconds > 0 && double.IsFinite(r.Spread.Mean))
                .Select(r => new ScatterPoint(
                    r.Entry.Name, r.Entry.WallSeconds, r.Spread.Mean, ColorOf(table, r), r.Spread.StandardDeviation)),
        ];
        if (points.Select(p => p.X).Distinct().Count() < 2)
            return;
        html.BeginSection("cost", "What it costs to train");
        html.Write($"<div class=\"big\">");
        html.Drawing(new ScatterPlot
        {
            Title = $"{metric.Title} against the time of training",
            Width = 620,
            Height = 340,
            X = new Axis { Label = "Seconds of training, all seeds", IsLog = true },
            Y = new Axis { Label = $"{metric.Title}, {table.Split} split", Format = metric.Format },
            Points = points,
        });
        html.Write($"</div>");
        html.EndSection();
    }

    private static string Write(MeanAndSpread spread, MetricInfo metric) =>
        Figures.WithSpread(spread.Mean, spread.StandardDeviation, metric.Format);

    private static string Bare(double value, MetricInfo metric) =>
        metric.Format == ValueFormat.Percent ? Figures.Fixed(value * 100, 2) : Figures.Fixed(value, 4);
}
