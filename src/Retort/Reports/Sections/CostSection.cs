using Retort.Reports.Plots;

namespace Retort.Reports.Sections;

/// <summary>What the models cost, and what they reach for it.</summary>
internal sealed class CostSection(ReportData data) : ReportSection(data)
{
    public override string Id => "models";

    public override string Title => "Models and what they cost";

    public override bool HasContent => Data.Summary.Models.Count > 0;

    public override void WriteBody(HtmlWriter html)
    {
        WriteTable(html);
        MetricInfo metric = MetricInfo.Of(Data.Metric);
        ScatterPlot[] plots =
        [
            .. new[]
            {
                Plot(metric, "size", "Parameters", ValueFormat.Compact, m => m.Parameters),
                Plot(metric, "latency", "Milliseconds a sample, batch 1", ValueFormat.Number, m => m.LatencyMilliseconds),
            }.OfType<ScatterPlot>(),
        ];
        if (plots.Length == 0)
            return;
        html.Write($"<div class=\"grid\" style=\"margin-top:32px\">");
        foreach (ScatterPlot plot in plots)
            html.Figure(plot, plot.Title, "Logarithmic; bars show one standard deviation");
        html.Write($"</div>");
    }

    private static string Latency(LatencySummary? latency) =>
        latency is null || !double.IsFinite(latency.P50Milliseconds)
            ? "–"
            : $"{Figures.Significant(latency.P50Milliseconds)} / {Figures.Significant(latency.P95Milliseconds)}";

    private static string Count(long value, Func<double, string> write) => value > 0 ? write(value) : "–";

    private void WriteTable(HtmlWriter html)
    {
        int[] batches = [.. Data.Summary.Models.SelectMany(m => m.Latency).Select(l => l.Batch).Distinct().Order()];
        html.Write($"<div class=\"scroll\"><table><thead>");
        html.Write($"<tr><th scope=\"col\">Model</th><th scope=\"col\">Parameters</th>");
        html.Write($"<th scope=\"col\">MACs a sample</th><th scope=\"col\">Size</th>");
        foreach (int batch in batches)
            html.Write($"<th scope=\"col\">Batch {batch}, ms<br>p50 / p95</th>");
        html.Write($"</tr></thead><tbody>");
        foreach (string name in ReportPage.ModelNames(Data))
        {
            ModelSummary? model = Data.Summary.Models.FirstOrDefault(m => m.Name == name);
            if (model is null)
                continue;
            html.Write($"<tr><th scope=\"row\"><span class=\"key {ClassOf(name)}\"></span><span class=\"name\">{name}</span>");
            if (model.Architecture is { Length: > 0 } architecture)
                html.Write($"<span class=\"under\">{architecture}</span>");
            html.Write($"</th><td class=\"nowrap\">{Count(model.Parameters, Figures.Compact)}</td>");
            html.Write($"<td class=\"nowrap\">{Count(model.Macs, Figures.Compact)}</td>");
            html.Write($"<td class=\"nowrap\">{Count(model.Bytes, Figures.Bytes)}</td>");
            foreach (int batch in batches)
                html.Write($"<td class=\"nowrap\">{Latency(model.Latency.FirstOrDefault(l => l.Batch == batch))}</td>");
            html.Write($"</tr>");
        }

        html.Write($"</tbody></table></div>");
    }

    private ScatterPlot? Plot(
        MetricInfo metric, string against, string label, ValueFormat format, Func<ModelSummary, double> cost)
    {
        var points = new List<ScatterPoint>();
        foreach (ModelSummary model in Data.Summary.Models)
        {
            ResultSummary? result = Data.Summary.Find(model.Name, Data.Split, Data.Metric);
            if (result is not null && double.IsFinite(result.Mean) && cost(model) > 0)
                points.Add(new ScatterPoint(model.Name, cost(model), result.Mean, ReportPage.ColorOf(Data, model.Name),
                    result.StandardDeviation));
        }

        return points.Count < 2 ? null : new ScatterPlot
        {
            Title = $"{metric.Title} against {against}",
            Description = string.Join(
                " ", points.Select(p => $"{p.Name}: {metric.Write(p.Y)} at {Figures.Format(p.X, format)} {label}.")),
            X = new Axis { Label = label, IsLog = true, Format = format },
            Y = new Axis { Label = $"{metric.Title}, {Data.Split} split", Format = metric.Format },
            Points = points,
        };
    }
}
