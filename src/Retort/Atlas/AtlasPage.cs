using System.Globalization;
using System.Text;
using Retort.Reports;
using Retort.Reports.Plots;
using Retort.Runs;

namespace Retort.Atlas;

/// <summary>The atlas as a table in Markdown, for the page that shows it.</summary>
public static class AtlasPage
{
    private const string Begin = "<!-- atlas: written by `retort atlas --markdown FILE` -->";
    private const string Header =
        "| Entry | Family | Claim | Holds | Figure | Compared with | Difference ± s.e. | Seeds | Seconds | Measured |\n"
        + "|---|---|---|---|---|---|---|---|---|---|\n";

    private const string End = "<!-- /atlas -->";
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    /// <summary>Writes the table of all entries, by family, and below it what did not hold in full.</summary>
    public static string Table(IReadOnlyList<AtlasEntry> entries)
    {
        ArgumentNullException.ThrowIfNull(entries);
        (AtlasEntry Entry, AtlasRow Row)[] all =
            [.. entries.Select(e => (e, e.Row())).OrderBy(e => e.Item2.Family, StringComparer.Ordinal)];
        var text = new StringBuilder();
        text.Append(Header);
        foreach ((AtlasEntry entry, AtlasRow row) in all)
            text.Append(Line(entry, row));
        text.Append('\n').Append(all.Count(e => e.Row.Holds is true)).Append(" claims hold, ")
            .Append(all.Count(e => e.Row.Holds is false)).Append(" do not, ")
            .Append(all.Count(e => e.Row.Holds is null)).Append(" are not measured as they stand.\n");
        (AtlasEntry Entry, AtlasRow Row)[] failed = [.. all.Where(e => e.Row.Holds is false)];
        if (failed.Length > 0)
            text.Append("\nWhat does not hold:\n\n");
        foreach ((AtlasEntry entry, AtlasRow _) in failed)
        {
            foreach (AtlasCheck check in entry.Check(entry.Result!.Figures).Where(c => !c.Holds))
                text.Append(Invariant, $"- **{entry.Slug}**: `{check.Inequality}`; {Outcome(check)}.\n");
            if (entry.Claim.Remarks is { } remarks)
                text.Append("  ").Append(OneLine(remarks)).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>Puts a table into a page, between the two marks that the page has for it.</summary>
    /// <exception cref="RunException">The page lacks the marks.</exception>
    public static string Insert(string page, string table)
    {
        ArgumentNullException.ThrowIfNull(page);
        ArgumentNullException.ThrowIfNull(table);
        int begin = page.IndexOf(Begin, StringComparison.Ordinal), end = page.IndexOf(End, StringComparison.Ordinal);
        if (begin < 0 || end < begin)
        {
            throw new RunException(
                $"the page has no place for the table: a line '{Begin}' and, after it, a line '{End}'.", isInputWrong: true);
        }

        return $"{page[..begin]}{Begin}\n{table}{page[end..]}";
    }

    /// <summary>Writes the table into a file of Markdown, between its marks.</summary>
    /// <exception cref="RunException">The file lacks the marks, or is not there.</exception>
    public static void Update(string path, IReadOnlyList<AtlasEntry> entries)
    {
        if (!File.Exists(path))
            throw new RunException($"there is no file '{path}'.", isInputWrong: true);
        AtomicFile.Write(path, Insert(File.ReadAllText(path), Table(entries)));
    }

    /// <summary>One inequality's figures in words: <c>0.7512 against 0.7220, difference 0.0292 ± 0.0031</c>.</summary>
    public static string Outcome(AtlasCheck check)
    {
        ArgumentNullException.ThrowIfNull(check);
        return $"{Figures.Fixed(check.Mean, 4)} against {Figures.Fixed(check.Baseline, 4)}, "
            + $"difference {Figures.Fixed(check.Difference, 4)} ± {Figures.Fixed(check.StandardError, 4)}";
    }

    private static string Line(AtlasEntry entry, AtlasRow row)
    {
        string head = $"| `{row.Slug}` {OneLine(row.Title)} | {row.Family} | {OneLine(row.Claim)} |";
        if (row.Holds is not { } holds)
            return $"{head} not measured | | | | | | |\n";
        AtlasInequality first = entry.Claim.Inequalities[0];
        MetricInfo metric = MetricInfo.Of(first.Figure.Split('/')[^1]);
        AtlasCheck check = entry.Check(entry.Result!.Figures)[0];
        string[] cells =
        [
            !holds ? "**no**" : IsClear(entry) ? "yes" : "yes, within 2 s.e.",
            metric.Write(check.Mean),
            metric.Write(check.Baseline) + (first.Other is { } other ? $" ({other.Split('/')[0]})" : string.Empty),
            Difference(check, metric),
            Figures.Fixed(entry.Result.Seeds.Count, 0),
            Figures.Fixed(entry.Result.WallSeconds, 0),
            entry.Result.Date.ToString("yyyy-MM-dd", Invariant),
        ];
        return $"{head} {string.Join(" | ", cells)} |\n";
    }

    // A mean that lies hardly beyond its margin holds the claim, but other seeds might not.
    private static bool IsClear(AtlasEntry entry) => entry.Claim.Inequalities
        .Zip(entry.Check(entry.Result!.Figures))
        .All(i => !(i.First.Slack(i.Second) < 2 * i.Second.StandardError));

    // The unit is written once.
    private static string Difference(AtlasCheck check, MetricInfo metric)
    {
        if (!double.IsFinite(check.StandardError))
            return metric.WriteDifference(check.Difference);
        return metric.Format == ValueFormat.Percent
            ? $"{Figures.Fixed(check.Difference * 100, 2)} ± {Figures.Fixed(check.StandardError * 100, 2)} points"
            : $"{Figures.Fixed(check.Difference, 4)} ± {Figures.Fixed(check.StandardError, 4)}";
    }

    private static string OneLine(string text)
    {
        string[] words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return string.Join(' ', words).Replace("|", "\\|", StringComparison.Ordinal);
    }
}
