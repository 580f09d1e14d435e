using Retort.Evaluation;
using Retort.Reports.Plots;

namespace Retort.Reports.Sections;

/// <summary>Which classes the distilled student confuses, and how well it knows each.</summary>
internal sealed class ConfusionSection(ReportData data) : ReportSection(data)
{
    private const int MostClassesDrawn = 60;
    private const int MostClassesListed = 40;

    public override string Id => "classes";

    public override string Title => "Classes";

    public override bool HasContent => Matrix(Data.Distilled) is not null;

    public override void WriteBody(HtmlWriter html)
    {
        if (Matrix(Data.Distilled) is not { } matrix)
            return;

        // The mistakes go below whichever column is shorter.
        bool isTall = matrix.Classes > 16;
        html.Write($"<div class=\"grid\"><div>");
        WriteMatrix(html, matrix);
        if (isTall)
            WriteMistakes(html, matrix);
        html.Write($"</div><div>");
        html.Figure(
            Bars(matrix),
            "Accuracy by class",
            matrix.Classes > MostClassesListed
                ? $"The {MostClassesListed} weakest of {matrix.Classes} classes"
                : "Weakest first");
        if (!isTall)
            WriteMistakes(html, matrix);
        html.Write($"</div></div>");
    }

    private void WriteMatrix(HtmlWriter html, ConfusionMatrix matrix)
    {
        if (matrix.Classes > MostClassesDrawn)
            return;
        html.Figure(
            new HeatMap
            {
                Title = $"Confusion matrix of {Data.Distilled}",
                Description = string.Join(" ", matrix.MostConfused(5).Select(c => Describe(c, matrix) + ".")),
                Width = matrix.Classes > 24 ? 620 : 480,
                Matrix = matrix,
                Names = [.. Enumerable.Range(0, matrix.Classes).Select(k => NameOfClass(k, matrix.Classes))],
            },
            $"Confusions of {Data.Distilled}",
            "Counts over all seeds; stronger means a larger share of the row",
            matrix.Classes > 24 ? "card big" : "card");
    }

    private ConfusionMatrix? Matrix(string name)
    {
        ModelEvaluation? model = Data.Evaluations.FirstOrDefault(e => e.Name == name);
        if (model is null || model.Seeds.Count == 0 || model.Seeds.All(s => s.Confusion.Total == 0))
            return null;
        var sum = new ConfusionMatrix(model.Seeds[0].Classes);
        foreach (ClassificationFigures seed in model.Seeds)
            sum.Add(seed.Confusion);
        return sum;
    }

    private BarPlot Bars(ConfusionMatrix matrix)
    {
        IReadOnlyList<double> distilled = matrix.PerClassAccuracy();
        ConfusionMatrix? other = Matrix(Data.Baseline);
        IReadOnlyList<double>? baseline = other?.Classes == matrix.Classes ? other.PerClassAccuracy() : null;
        BarRow[] rows =
        [
            .. Enumerable.Range(0, matrix.Classes)
                .OrderBy(k => double.IsNaN(distilled[k]) ? double.PositiveInfinity : distilled[k])
                .Take(MostClassesListed)
                .Select(k => new BarRow(NameOfClass(k, matrix.Classes), distilled[k], baseline?[k] ?? double.NaN)),
        ];
        return new BarPlot
        {
            Title = $"Accuracy of {Data.Distilled} by class",
            Description = rows.Length > 0 ? $"Weakest is {rows[0].Name} with {Figures.Percent(rows[0].Value)}." : "",
            Axis = new Axis { Label = "Accuracy", Format = ValueFormat.Percent, Minimum = 0, Maximum = 1 },
            Rows = rows,
            BarName = Data.Distilled,
            MarkName = baseline is null ? "" : Data.Baseline,
        };
    }

    private void WriteMistakes(HtmlWriter html, ConfusionMatrix matrix)
    {
        IReadOnlyList<Confusion> mistakes = matrix.MostConfused(matrix.Classes > MostClassesDrawn ? 20 : 8);
        if (mistakes.Count == 0)
            return;
        html.Write($"<h3>Most frequent mistakes</h3><div class=\"scroll\"><table>");
        html.Write($"<thead><tr><th scope=\"col\">True class</th><th scope=\"col\" style=\"text-align:left\">taken for</th>");
        html.Write($"<th scope=\"col\">Count</th><th scope=\"col\">Of the class</th></tr></thead><tbody>");
        foreach (Confusion mistake in mistakes)
        {
            html.Write($"<tr><td>{NameOfClass(mistake.Label, matrix.Classes)}</td>");
            html.Write($"<td style=\"text-align:left\">{NameOfClass(mistake.Prediction, matrix.Classes)}</td>");
            html.Write($"<td>{mistake.Count}</td><td>{Share(mistake, matrix)}</td></tr>");
        }

        html.Write($"</tbody></table></div>");
    }

    private static string Share(Confusion mistake, ConfusionMatrix matrix) =>
        Figures.Percent((double)mistake.Count / matrix.Support(mistake.Label), 1);

    private string Describe(Confusion mistake, ConfusionMatrix matrix) =>
        $"{NameOfClass(mistake.Label, matrix.Classes)} is taken for {NameOfClass(mistake.Prediction, matrix.Classes)} "
        + $"in {Share(mistake, matrix)}";
}
