using Retort.Evaluation;
using Retort.Reports.Plots;

namespace Retort.Reports.Sections;

/// <summary>How loss and accuracy went over the epochs.</summary>
internal sealed class CurvesSection(ReportData data) : ReportSection(data)
{
    public override string Id => "curves";

    public override string Title => "Learning curves";

    public override string Lead =>
        Data.Curves.Select(c => c.Seed).Distinct().Count() > 1
            ? "Lines are means over the seeds; bands reach one sample standard deviation to either side."
            : "";

    public override bool HasContent => Data.Curves.Any(c => c.Points.Count > 0);

    public override void WriteBody(HtmlWriter html)
    {
        html.Write($"<div class=\"grid\">");
        foreach (string metric in Data.Curves.Where(c => c.Points.Count > 0).Select(c => c.Metric).Distinct())
        {
            MetricInfo info = MetricInfo.Of(metric);
            LineSeries[] series = [.. Series(metric)];
            html.Figure(
                new LinePlot
                {
                    Title = $"{info.Title} over epochs",
                    Description = string.Join(" ", series.Select(s => $"{s.Name} ends at {info.Write(s.Points[^1].Y)}.")),
                    X = new Axis { Label = "Epoch", Minimum = 0 },
                    Y = new Axis { Format = info.Format },
                    Series = series,
                },
                info.Title,
                Splits(metric));
        }

        html.Write($"</div>");
    }

    private string Splits(string metric)
    {
        string[] splits = [.. Data.Curves.Where(c => c.Metric == metric && c.Points.Count > 0).Select(c => c.Split).Distinct()];
        return splits.Length > 1 && splits.Contains("train")
            ? string.Join(" and ", splits.Where(s => s != "train")) + " split; dashed: train"
            : string.Join(", ", splits) + " split" + (metric == "loss" ? "; sums of different terms do not compare" : "");
    }

    private IEnumerable<LineSeries> Series(string metric)
    {
        LearningCurve[] curves = [.. Data.Curves.Where(c => c.Metric == metric && c.Points.Count > 0)];
        bool hasSplits = curves.Select(c => c.Split).Distinct().Count() > 1;
        IReadOnlyList<string> models = ReportPage.ModelNames(Data);
        return curves
            .GroupBy(c => (c.Model, c.Split))
            .OrderBy(g => models.Select((m, i) => (m, i)).First(m => m.m == g.Key.Model).i)
            .ThenBy(g => g.Key.Split == "train" ? 0 : 1)
            .Select(g => new LineSeries
            {
                Name = hasSplits && g.Key.Split == "train" ? $"{g.Key.Model}, train" : g.Key.Model,
                Points = Merge([.. g]),
                Color = ReportPage.ColorOf(Data, g.Key.Model),
                IsDashed = hasSplits && g.Key.Split == "train",
            });
    }

    // Seeds are compared where they were measured at the same epoch; elsewhere a point stands for the seeds that have one.
    private static List<LinePoint> Merge(LearningCurve[] seeds) =>
    [
        .. seeds.SelectMany(s => s.Points)
            .GroupBy(p => Math.Round(p.Epoch, 6))
            .OrderBy(g => g.Key)
            .Select(g =>
            {
                MeanAndSpread spread = MeanAndSpread.Of([.. g.Select(p => p.Value)]);
                double deviation = spread.StandardDeviation;
                return new LinePoint(g.Key, spread.Mean, spread.Mean - deviation, spread.Mean + deviation);
            }),
    ];
}
