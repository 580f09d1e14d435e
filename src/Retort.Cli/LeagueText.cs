using System.Globalization;
using Retort.Reports;

namespace Retort.Cli;

/// <summary>Writes a league as a table of text.</summary>
internal static class LeagueText
{
    private const double Level = 0.05;

    public static void Write(LeagueReport report, TextWriter to)
    {
        LeagueTable table = report.Table;
        bool isShare = table.Metric is "accuracy" or "top5" or "ece";
        var rows = new TextTable(
            ">", "method", ">" + table.Metric, ">against " + table.Baseline, ">against " + table.Reference, ">ms/step",
            ">train s", ">peak MB", "settings");
        foreach (LeagueRow row in table.Rows)
        {
            rows.Add(
                row.Rank.ToString(CultureInfo.InvariantCulture), row.Entry.Name,
                Spread(row.Spread.Mean, row.Spread.StandardDeviation, isShare),
                Gain(row.AgainstBaseline, isShare), Gain(row.AgainstReference, isShare),
                Number(row.Entry.StepMilliseconds, "F2"), Number(row.Entry.WallSeconds, "F1"),
                Number(row.Entry.PeakBytes / 1e6, "F0"),
                row.Entry.Settings);
        }

        rows.Write(to);
        if (report.Teacher is { } teacher)
            to.WriteLine(
                $"teacher ({teacher.Name}): {Number(teacher.Values.Average() * (isShare ? 100 : 1), isShare ? "F2" : "F4")}");
        foreach (LeagueAbsence absence in report.Absent)
            to.WriteLine(
                $"{absence.Name}: {(absence.HasRun ? "failed" : "cannot run on this recipe")}: {Words.Plain(absence.Reason)}");
        to.WriteLine(
            $"{table.Split} split, {table.Seeds.Count} seeds; gains are means of the differences seed by seed ± their standard "
            + $"error; * marks a paired t-test with Holm-corrected p < {Level.ToString(CultureInfo.InvariantCulture)}.");
    }

    private static string Spread(double mean, double deviation, bool isShare)
    {
        string spread = double.IsFinite(deviation) ? $" ± {Scaled(deviation, isShare)}" : "";
        return Scaled(mean, isShare) + spread;
    }

    private static string Gain(LeagueComparison? comparison, bool isShare)
    {
        if (comparison is null || !double.IsFinite(comparison.Gain))
            return "-";
        string sign = comparison.Gain > 0 ? "+" : "", star = comparison.AdjustedPValue < Level ? " *" : "  ";
        double error = comparison.Test.StandardError;
        return sign + Scaled(comparison.Gain, isShare) + (double.IsFinite(error) ? $" ± {Scaled(error, isShare)}" : "") + star;
    }

    private static string Scaled(double value, bool isShare) => Number(isShare ? value * 100 : value, isShare ? "F2" : "F4");

    private static string Number(double value, string format) =>
        double.IsFinite(value) ? value.ToString(format, CultureInfo.InvariantCulture) : "-";
}
