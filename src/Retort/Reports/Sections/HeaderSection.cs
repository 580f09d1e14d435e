using System.Globalization;
using Retort.Reports.Plots;

namespace Retort.Reports.Sections;

/// <summary>The top of the page: the verdict, the seeds' values, the figures that matter, the contents.</summary>
internal sealed class HeaderSection(ReportData data)
{
    private RunSummary Summary => data.Summary;

    public void Write(HtmlWriter html, IReadOnlyList<ReportSection> sections)
    {
        html.Write($"<header><p class=\"kicker\"><b>{Summary.Recipe}</b>");
        foreach (string fact in Facts())
            html.Write($"<span>{fact}</span>");
        html.Write($"</p>");
        WriteVerdict(html, Verdict.Of(data));
        WriteFigures(html, Verdict.Of(data));
        html.Write($"<nav aria-label=\"Contents\">");
        foreach (ReportSection section in sections)
            html.Write($"<a href=\"#{section.Id}\">{section.Title}</a>");
        html.Write($"</nav></header>");
    }

    private IEnumerable<string> Facts()
    {
        if (Summary.FinishedAt is { } finished)
            yield return finished.UtcDateTime.ToString("d MMMM yyyy, HH:mm 'UTC'", CultureInfo.InvariantCulture);
        if (Summary.Seeds.Count > 0)
            yield return (Summary.Seeds.Count == 1 ? "seed " : "seeds ") + string.Join(", ", Summary.Seeds);
        if (Summary.WallSeconds > 0)
            yield return "computed for " + Figures.Duration(Summary.WallSeconds);
    }

    private void WriteVerdict(HtmlWriter html, Verdict? verdict)
    {
        html.Write($"<div class=\"verdict\"><div>");
        if (verdict is not null)
        {
            (string badge, string mark) = verdict.Kind switch
            {
                VerdictKind.Better => ("good", "✓ holds"),
                VerdictKind.Worse => ("bad", "✗ does not hold"),
                VerdictKind.Failed => ("bad", "✗ failed"),
                VerdictKind.Unclear => ("open", "○ not shown"),
                _ => ("open", "○ one seed"),
            };
            html.Write($"<p class=\"badge {badge}\">{mark}</p><h1>{verdict.Headline}</h1><p>{verdict.Detail}</p>");
        }
        else
        {
            html.Write($"<h1>{Summary.Recipe}</h1>");
        }

        if (data.Description.Length > 0)
            html.Write($"<p class=\"soft\">{data.Description}</p>");
        html.Write($"</div>");
        IntervalRow[] rows = [.. Rows()];
        if (rows.Length > 0)
        {
            MetricInfo metric = MetricInfo.Of(data.Metric);
            string rings = rows.Any(r => r.HasSpread) ? "; rings are seeds" : "";
            html.Write($"<div>");
            html.Drawing(new IntervalPlot
            {
                Title = $"{metric.Title} on the {data.Split} split, each seed",
                Description = string.Join(
                    " ", rows.Select(r => $"{r.Name}: {string.Join(", ", r.Values.Select(metric.Write))}.")),
                Axis = new Axis { Label = $"{metric.Title}, {data.Split} split{rings}", Format = metric.Format },
                Rows = rows,
                ArePaired = true,
            });
            html.Write($"</div>");
        }

        html.Write($"</div>");
    }

    private IEnumerable<IntervalRow> Rows()
    {
        const int MostRows = 8;
        return ReportPage.ModelNames(data)
            .Select(name => Summary.Find(name, data.Split, data.Metric))
            .OfType<ResultSummary>()
            .Take(MostRows)
            .Select(result => new IntervalRow
            {
                Name = result.Name,
                Values = result.Values,
                ValueNames = Summary.Seeds.Count == result.Values.Count ? [.. Summary.Seeds.Select(s => $"seed {s}")] : [],
                Color = ReportPage.ColorOf(data, result.Name),
            });
    }

    private void WriteFigures(HtmlWriter html, Verdict? verdict)
    {
        var shown = new List<(string Name, string Value, string Note)>();
        if (verdict is not null && double.IsFinite(verdict.GapClosed))
            shown.Add(("Gap to the teacher closed", Figures.Percent(verdict.GapClosed, 0),
                "of what separates teacher and baseline"));
        ModelSummary? teacher = Find(data.Teacher), student = Find(data.Distilled);
        if (teacher is { Parameters: > 0 } && student is { Parameters: > 0 })
        {
            shown.Add(("Student’s size", Times(teacher.Parameters, student.Parameters, "smaller", "larger"),
                $"{Figures.Compact(student.Parameters)} of {Figures.Compact(teacher.Parameters)} parameters"));
        }

        if (teacher is { LatencyMilliseconds: > 0 } && student is { LatencyMilliseconds: > 0 })
        {
            shown.Add(("Student’s latency", Times(teacher.LatencyMilliseconds, student.LatencyMilliseconds, "faster", "slower"),
                $"{Figures.Significant(student.LatencyMilliseconds)} ms a sample against "
                + $"{Figures.Significant(teacher.LatencyMilliseconds)} ms"));
        }

        if (data.Agreements.Count > 0)
            shown.Add(("Agreement with the teacher", Figures.Percent(data.Agreements.Average(a => a.Top1), 1),
                "of the samples get the same class"));
        if (shown.Count == 0)
            return;
        html.Write($"<dl class=\"facts\">");
        foreach ((string name, string value, string note) in shown)
            html.Write($"<div><dt>{name}</dt><dd>{value}<small>{note}</small></dd></div>");
        html.Write($"</dl>");
    }

    private ModelSummary? Find(string name) => Summary.Models.FirstOrDefault(m => m.Name == name);

    private static string Times(double teacher, double student, string less, string more)
    {
        double ratio = teacher / student;
        return ratio >= 1 ? $"{Figures.Significant(ratio, 2)} × {less}" : $"{Figures.Significant(1 / ratio, 2)} × {more}";
    }
}
