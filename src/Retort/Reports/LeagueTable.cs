using System.Globalization;
using System.Text;
using Retort.Evaluation;
using Retort.Tracking;

namespace Retort.Reports;

/// <summary>
/// Methods by a figure over seeds, each tested against the student trained alone and against a reference method.
/// </summary>
/// <remarks>
/// Tests are paired by seed. Comparing many methods finds a lucky one, so p-values are corrected over each column: Holm,
/// "A Simple Sequentially Rejective Multiple Test Procedure", Scandinavian Journal of Statistics 6, 1979.
/// </remarks>
public sealed class LeagueTable
{
    private LeagueTable(string metric, string split, string baseline, string reference, IReadOnlyList<LeagueRow> rows)
    {
        Metric = metric;
        Split = split;
        Baseline = baseline;
        Reference = reference;
        Rows = rows;
    }

    /// <summary>The figure.</summary>
    public string Metric { get; }

    /// <summary>The split that it was measured on.</summary>
    public string Split { get; }

    /// <summary>Name of the student trained alone.</summary>
    public string Baseline { get; }

    /// <summary>Name of the reference method.</summary>
    public string Reference { get; }

    /// <summary>The rows, best first.</summary>
    public IReadOnlyList<LeagueRow> Rows { get; }

    /// <summary>Every seed that a row has, ascending.</summary>
    public IReadOnlyList<long> Seeds => [.. Rows.SelectMany(r => r.Entry.Seeds).Distinct().Order()];

    /// <summary>Builds a table.</summary>
    /// <param name="entries">The methods, with names that differ.</param>
    /// <param name="metric">The figure, such as <c>accuracy</c>; it decides which way is better.</param>
    /// <param name="split">The split.</param>
    /// <param name="baseline">Name of the student trained alone among the entries; it may be missing.</param>
    /// <param name="reference">Name of the reference method among the entries; it may be missing.</param>
    /// <exception cref="ArgumentException">Two entries share a name, or one has not one value a seed.</exception>
    public static LeagueTable Build(
        IReadOnlyList<LeagueEntry> entries, string metric = "accuracy", string split = "test",
        string baseline = "student-baseline", string reference = "kd")
    {
        ArgumentNullException.ThrowIfNull(entries);
        Require(entries);
        double sign = MetricInfo.Of(metric).IsHigherBetter ? 1 : -1;
        Dictionary<string, LeagueComparison> againstBaseline = Compare(entries, baseline, sign);
        Dictionary<string, LeagueComparison> againstReference = Compare(entries, reference, sign);
        LeagueRow[] rows =
        [
            .. entries.Select(e => (Entry: e, Spread: MeanAndSpread.Of(e.Values)))
                .OrderBy(e => double.IsNaN(e.Spread.Mean) ? 1 : 0)
                .ThenByDescending(e => sign * e.Spread.Mean)
                .ThenBy(e => e.Entry.Name, StringComparer.Ordinal)
                .Select((e, i) => new LeagueRow
                {
                    Rank = i + 1,
                    Entry = e.Entry,
                    Spread = e.Spread,
                    AgainstBaseline = againstBaseline.GetValueOrDefault(e.Entry.Name),
                    AgainstReference = againstReference.GetValueOrDefault(e.Entry.Name),
                }),
        ];
        return new LeagueTable(metric, split, baseline, reference, rows);
    }

    /// <summary>Gathers the entries of several runs: every result of the figure on the split.</summary>
    /// <param name="runs">The summaries, each with a label that tells runs apart where they name a result alike.</param>
    /// <param name="metric">The figure.</param>
    /// <param name="split">The split.</param>
    /// <remarks>A result of the same name, seeds and values in several runs, such as a baseline that they share, counts
    /// once.</remarks>
    public static IReadOnlyList<LeagueEntry> Gather(
        IReadOnlyList<KeyValuePair<string, RunSummary>> runs, string metric = "accuracy", string split = "test")
    {
        ArgumentNullException.ThrowIfNull(runs);
        var found = new List<(string Run, LeagueEntry Entry)>();
        foreach ((string run, RunSummary summary) in runs)
        {
            foreach (ResultSummary result in summary.Results.Where(r => r.Metric == metric && r.Split == split))
            {
                bool isNamed = summary.Seeds.Count == result.Values.Count;
                var entry = new LeagueEntry
                {
                    Name = result.Name,
                    Seeds = isNamed ? summary.Seeds : [.. Enumerable.Range(0, result.Values.Count).Select(i => (long)i)],
                    Values = result.Values,
                    Model = summary.Models.FirstOrDefault(m => m.Name == result.Name),
                    WallSeconds = summary.WallSeconds > 0 ? summary.WallSeconds : double.NaN,
                };
                bool isKnown = found.Any(f => f.Entry.Name == entry.Name
                    && f.Entry.Seeds.SequenceEqual(entry.Seeds) && f.Entry.Values.SequenceEqual(entry.Values));
                if (!isKnown)
                    found.Add((run, entry));
            }
        }

        HashSet<string> shared = [.. found.GroupBy(f => f.Entry.Name).Where(g => g.Count() > 1).Select(g => g.Key)];
        return
        [
            .. found.Select(f => shared.Contains(f.Entry.Name) ? f.Entry with { Name = $"{f.Run}/{f.Entry.Name}" } : f.Entry),
        ];
    }

    /// <summary>
    /// The table as CSV (RFC 4180, invariant culture): one line a method, one column a seed, empty where unknown.
    /// </summary>
    public string ToCsv()
    {
        var text = new StringBuilder("rank,name,mean,std,n");
        foreach (long seed in Seeds)
            text.Append(CultureInfo.InvariantCulture, $",seed_{seed}");
        text.Append(",gain_baseline,p_baseline,p_baseline_holm,gain_reference,p_reference,p_reference_holm");
        text.Append(",parameters,macs,bytes,latency_ms,wall_s,step_ms,peak_rss_bytes,settings\n");
        foreach (LeagueRow row in Rows)
        {
            text.Append(CultureInfo.InvariantCulture, $"{row.Rank},{CsvTracker.Quote(row.Entry.Name)}");
            Number(row.Spread.Mean);
            Number(row.Spread.StandardDeviation);
            text.Append(CultureInfo.InvariantCulture, $",{row.Spread.Count}");
            foreach (long seed in Seeds)
                Number(ValueOf(row.Entry, seed));
            foreach (LeagueComparison? comparison in new[] { row.AgainstBaseline, row.AgainstReference })
            {
                Number(comparison?.Gain);
                Number(comparison?.Test.PValue);
                Number(comparison?.AdjustedPValue);
            }

            Number(row.Entry.Model?.Parameters);
            Number(row.Entry.Model?.Macs);
            Number(row.Entry.Model?.Bytes);
            Number(row.Entry.Model?.LatencyMilliseconds);
            Number(row.Entry.WallSeconds);
            Number(row.Entry.StepMilliseconds);
            Number(row.Entry.PeakBytes);
            text.Append(CultureInfo.InvariantCulture, $",{CsvTracker.Quote(row.Entry.Settings)}\n");
        }

        return text.ToString();

        void Number(double? value)
        {
            text.Append(',');
            if (value is { } number && double.IsFinite(number))
                text.Append(number.ToString("R", CultureInfo.InvariantCulture));
        }
    }

    /// <summary>Writes <see cref="ToCsv"/> to a file, as a whole or not at all.</summary>
    public void WriteCsv(string path) => AtomicFile.Write(path, ToCsv());

    internal static double ValueOf(LeagueEntry entry, long seed)
    {
        for (int i = 0; i < entry.Seeds.Count; i++)
        {
            if (entry.Seeds[i] == seed)
                return entry.Values[i];
        }

        return double.NaN;
    }

    private static void Require(IReadOnlyList<LeagueEntry> entries)
    {
        foreach (LeagueEntry entry in entries)
        {
            if (entry.Seeds.Count != entry.Values.Count || entry.Seeds.Distinct().Count() != entry.Seeds.Count)
            {
                throw new ArgumentException(
                    $"'{entry.Name}' has {entry.Values.Count} values and {entry.Seeds.Distinct().Count()} different seeds; "
                    + "one value a seed is needed.",
                    nameof(entries));
            }
        }

        string? twice = entries.GroupBy(e => e.Name).FirstOrDefault(g => g.Count() > 1)?.Key;
        if (twice is not null)
            throw new ArgumentException($"'{twice}' stands twice in 'entries'; names must differ.", nameof(entries));
    }

    private static Dictionary<string, LeagueComparison> Compare(IReadOnlyList<LeagueEntry> entries, string against, double sign)
    {
        LeagueEntry? other = entries.FirstOrDefault(e => e.Name == against);
        var found = new List<(string Name, double Gain, PairedTest Test)>();
        foreach (LeagueEntry entry in entries.Where(e => other is not null && e != other))
        {
            long[] seeds = [.. entry.Seeds.Intersect(other!.Seeds)];
            PairedTest test = PairedTest.Of(
                [.. seeds.Select(s => ValueOf(entry, s))], [.. seeds.Select(s => ValueOf(other, s))]);
            found.Add((entry.Name, sign * test.MeanDifference, test));
        }

        double[] adjusted = PairedTest.Holm([.. found.Select(f => f.Test.PValue)]);
        var comparisons = new Dictionary<string, LeagueComparison>();
        for (int i = 0; i < adjusted.Length; i++)
            comparisons.Add(found[i].Name, new LeagueComparison(found[i].Gain, found[i].Test, adjusted[i]));
        return comparisons;
    }
}
