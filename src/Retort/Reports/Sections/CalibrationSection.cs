using Retort.Evaluation;
using Retort.Reports.Plots;

namespace Retort.Reports.Sections;

/// <summary>Whether the models' confidence means what it says.</summary>
internal sealed class CalibrationSection(ReportData data) : ReportSection(data)
{
    public override string Id => "calibration";

    public override string Title => "Calibration";

    public override string Lead =>
        "Accuracy of the samples in each interval of confidence, all seeds together. On the dashed diagonal confidence "
        + "is honest: a point above it is too modest, one below it too sure. Grey bars count the samples.";

    public override bool HasContent => Data.Evaluations.Any(HasBins);

    public override void WriteBody(HtmlWriter html)
    {
        html.Write($"<div class=\"grid three\">");
        foreach (string name in ReportPage.ModelNames(Data))
        {
            ModelEvaluation? model = Data.Evaluations.FirstOrDefault(e => e.Name == name && HasBins(e));
            if (model is null)
                continue;
            IReadOnlyList<ReliabilityBin> bins = Calibration.Pool([.. model.Seeds.Select(s => s.Bins)]);
            long undefined = model.Seeds.Sum(s => s.UndefinedRows);
            html.Figure(
                new ReliabilityPlot
                {
                    Title = $"Reliability of {name}",
                    Description = $"Expected calibration error {Figures.Percent(Calibration.Error(bins))} "
                        + $"over {bins.Count} intervals and {Figures.Fixed(bins.Sum(b => b.Count), 0)} samples.",
                    Width = 330,
                    Height = 330,
                    Bins = bins,
                    Color = ReportPage.ColorOf(Data, name),
                },
                name,
                undefined > 0 ? $"{Figures.Fixed(undefined, 0)} samples have undefined outputs (NaN) and are not in it" : "");
        }

        html.Write($"</div>");
    }

    private static bool HasBins(ModelEvaluation model) => model.Seeds.Any(s => s.Bins.Any(b => b.Count > 0));
}
