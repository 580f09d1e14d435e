using Retort.Reports.Plots;
using Retort.Reports.Sections;

namespace Retort.Reports;

/// <summary>Writes <c>report.html</c>: one file, no script, readable offline, in light and dark, and on paper.</summary>
public static class ReportPage
{
    /// <summary>Writes the page of a run to a file. The file is replaced as a whole or not at all.</summary>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public static void Write(string path, ReportData data) => AtomicFile.Write(path, Html(data));

    /// <summary>The page of a run.</summary>
    public static string Html(ReportData data)
    {
        ArgumentNullException.ThrowIfNull(data);
        ReportSection[] sections =
        [
            new ResultsSection(data), new CostSection(data), new CurvesSection(data), new CalibrationSection(data),
            new ConfusionSection(data), new DisagreementSection(data), new SheetSection(data), new RecipeSection(data),
            new EnvironmentSection(data),
        ];
        ReportSection[] present = [.. sections.Where(s => s.HasContent)];

        var html = new HtmlWriter();
        PageFrame.Begin(html, data.Summary.Recipe + " · Retort");
        new HeaderSection(data).Write(html, present);
        foreach (ReportSection section in present)
        {
            html.BeginSection(section.Id, section.Title, section.Lead);
            section.WriteBody(html);
            html.EndSection();
        }

        PageFrame.End(html, data.Summary.Environment?.Retort);
        return html.ToString();
    }

    /// <summary>The colour that a model has in every plot.</summary>
    internal static PlotColor ColorOf(ReportData data, string model)
    {
        if (model == data.Distilled)
            return PlotColor.Blue;
        if (model == data.Baseline)
            return PlotColor.Vermilion;
        if (model == data.Teacher)
            return PlotColor.Slate;
        string[] known = [data.Distilled, data.Baseline, data.Teacher];
        string[] others = [.. ModelNames(data).Except(known)];
        return (PlotColor)(3 + Math.Max(0, Array.IndexOf(others, model)) % 3);
    }

    /// <summary>
    /// All models that the report speaks of: teacher, baseline and distilled first, then the rest as they come.
    /// </summary>
    internal static IReadOnlyList<string> ModelNames(ReportData data)
    {
        string[] all =
        [
            .. data.Summary.Results.Select(r => r.Name),
            .. data.Summary.Models.Select(m => m.Name),
            .. data.Evaluations.Select(e => e.Name),
            .. data.Curves.Select(c => c.Model),
        ];
        string[] first = [data.Teacher, data.Baseline, data.Distilled];
        return [.. first.Where(all.Contains).Concat(all.Except(first)).Distinct()];
    }
}
