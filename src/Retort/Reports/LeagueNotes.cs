using Retort.Evaluation;
using Retort.Reports.Plots;
using Retort.Reports.Sections;

namespace Retort.Reports;

/// <summary>What stands around the table of a league's page.</summary>
internal static class LeagueNotes
{
    /// <summary>Beside the headline: what was compared, what the teacher reaches, and how settings were chosen.</summary>
    public static void WriteHeader(HtmlWriter html, LeagueReport report, MetricInfo metric)
    {
        if (report.Description.Length > 0)
            html.Write($"<p>{report.Description}</p>");
        if (report.Teacher is { } teacher)
        {
            MeanAndSpread spread = MeanAndSpread.Of(teacher.Values);
            string figure = Figures.WithSpread(
                spread.Mean, spread.StandardDeviation > 0 ? spread.StandardDeviation : double.NaN, metric.Format);
            html.Write($"<p>The teacher ({teacher.Name}) reaches {figure}.</p>");
        }

        if (report.Tuning.Length > 0)
            html.Write($"<p class=\"soft\">{report.Tuning}</p>");
    }

    /// <summary>Below the table: who is missing, the recipe, and the machine.</summary>
    public static void WriteSections(HtmlWriter html, LeagueReport report)
    {
        if (report.Absent.Count > 0)
        {
            html.BeginSection(
                "absent", "Not in the table", "Methods that do not fit the recipe as it stands, or whose training failed.");
            html.Write($"<dl class=\"pairs\">");
            foreach (LeagueAbsence absence in report.Absent)
                html.Write($"<dt>{absence.Name}</dt><dd>{(absence.HasRun ? "failed: " : "")}{absence.Reason}</dd>");
            html.Write($"</dl>");
            html.EndSection();
        }

        var data = new ReportData
        {
            Summary = new RunSummary
            {
                Recipe = report.Title,
                Seeds = report.Table.Seeds,
                Environment = report.Environment,
                WallSeconds = double.IsFinite(report.WallSeconds) ? report.WallSeconds : 0,
            },
            RecipeYaml = report.RecipeYaml,
            Reproduce = report.Reproduce,
        };
        foreach (ReportSection section in new ReportSection[] { new RecipeSection(data), new EnvironmentSection(data) })
        {
            if (!section.HasContent || (report.Environment is null && section is EnvironmentSection))
                continue;
            html.BeginSection(section.Id, section.Title, section.Lead);
            section.WriteBody(html);
            html.EndSection();
        }
    }
}
