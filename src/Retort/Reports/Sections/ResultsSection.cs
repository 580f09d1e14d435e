namespace Retort.Reports.Sections;

/// <summary>Every figure of every model: mean, spread, and each seed's value.</summary>
internal sealed class ResultsSection(ReportData data) : ReportSection(data)
{
    private const int MostSeedsListed = 10;

    public override string Id => "results";

    public override string Title => "Results";

    public override string Lead
    {
        get
        {
            int seeds = Data.Summary.Results.Select(r => r.Values.Count).DefaultIfEmpty(0).Max();
            return seeds > 1
                ? "Mean ± sample standard deviation over the seeds; below it each seed’s value. The better student is bold."
                : "One seed, so no spread. The better student is bold.";
        }
    }

    public override bool HasContent => Data.Summary.Results.Count > 0;

    public override void WriteBody(HtmlWriter html)
    {
        foreach (string split in Data.Summary.Results.Select(r => r.Split).Distinct().OrderBy(s => s == Data.Split ? 0 : 1))
            WriteSplit(html, split);
    }

    private void WriteSplit(HtmlWriter html, string split)
    {
        ResultSummary[] results = [.. Data.Summary.Results.Where(r => r.Split == split)];
        string[] names = [.. ReportPage.ModelNames(Data).Where(n => results.Any(r => r.Name == n))];

        // Narrow screens put a figure's name above its values, so that the student that matters is not scrolled away.
        string layout = names.Length <= 3 ? "stack" : "";
        html.Write($"<div class=\"scroll\"><table class=\"{layout}\" style=\"--columns:{names.Length}\">");
        html.Write($"<caption>{split} split</caption>");
        html.Write($"<thead><tr><th scope=\"col\">Figure</th>");
        foreach (string name in names)
            html.Write($"<th scope=\"col\"><span class=\"key {ClassOf(name)}\"></span><span class=\"name\">{name}</span></th>");
        html.Write($"</tr></thead><tbody>");
        foreach (string metric in results.Select(r => r.Metric).Distinct())
        {
            MetricInfo info = MetricInfo.Of(metric);
            ResultSummary[] row = [.. results.Where(r => r.Metric == metric)];
            string? best = BestStudent(row, info);
            string direction = info.IsHigherBetter ? "↑" : "↓";
            html.Write($"<tr><th scope=\"row\">{info.Title} <span class=\"soft\">{direction}</span></th>");
            foreach (string name in names)
                WriteCell(html, row.FirstOrDefault(r => r.Name == name), info, name == best);
            html.Write($"</tr>");
        }

        html.Write($"</tbody></table></div>");
    }

    private string? BestStudent(ResultSummary[] row, MetricInfo info)
    {
        ResultSummary[] students = [.. row.Where(r => r.Name != Data.Teacher && double.IsFinite(r.Mean))];
        if (students.Length < 2)
            return null;
        return info.IsHigherBetter ? students.MaxBy(r => r.Mean)!.Name : students.MinBy(r => r.Mean)!.Name;
    }

    private static void WriteCell(HtmlWriter html, ResultSummary? result, MetricInfo info, bool isBest)
    {
        if (result is null)
        {
            html.Write($"<td>–</td>");
            return;
        }

        // A teacher that serves every seed has one value, however often it stands there.
        bool hasSpread = double.IsFinite(result.StandardDeviation) && result.Values.Distinct().Count() > 1;
        string spread = hasSpread ? " ± " + Bare(info, result.StandardDeviation) : "";
        string mean = hasSpread ? Bare(info, result.Mean) : info.Write(result.Mean);
        string unit = spread.Length > 0 && info.Format == Plots.ValueFormat.Percent ? "\u202F%" : "";
        html.Write($"<td><span class=\"v\">");
        if (isBest)
            html.Write($"<b>{mean}</b>{spread}{unit}</span>");
        else
            html.Write($"{mean}{spread}{unit}</span>");
        if (result.Values.Count > 1 && !hasSpread && double.IsFinite(result.Mean))
            html.Write($"<span class=\"each\">with every seed</span>");
        else if (result.Values.Count is > 1 and <= MostSeedsListed)
            html.Write($"<span class=\"each\">{string.Join(" · ", result.Values.Select(v => Bare(info, v)))}</span>");
        html.Write($"</td>");
    }

    private static string Bare(MetricInfo info, double value) =>
        info.Format == Plots.ValueFormat.Percent ? Plots.Figures.Fixed(value * 100, 2) : info.Write(value);
}
