using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Retort.Evaluation;
using Retort.Reports;

namespace Retort.Tests.Reports;

public sealed class LeagueTableTests
{
    private static readonly LeagueEntry Baseline = Entry("student-baseline", [0.70, 0.71, 0.72]);
    private static readonly LeagueEntry Kd = Entry("kd", [0.75, 0.76, 0.78]);
    private static readonly LeagueEntry Best = Entry("dkd, tuned", [0.79, 0.80, 0.81]) with
    {
        Model = new ModelSummary { Name = "x", Parameters = 100 },
        WallSeconds = 12.5,
        Settings = "weight: 2, temperature: 4",
    };

    [Fact]
    public void The_best_mean_comes_first_and_each_is_compared_by_seed()
    {
        LeagueTable table = LeagueTable.Build([Baseline, Best, Kd]);
        Assert.Equal(["dkd, tuned", "kd", "student-baseline"], table.Rows.Select(r => r.Entry.Name));
        Assert.Equal(0.09, table.Rows[0].AgainstBaseline!.Gain, 1e-12);
        Assert.Equal(0.11 / 3, table.Rows[0].AgainstReference!.Gain, 1e-12);
        Assert.Null(table.Rows[1].AgainstReference);
        Assert.Null(table.Rows[2].AgainstBaseline);
    }

    [Fact]
    public void Lower_is_better_for_errors()
    {
        LeagueTable table = LeagueTable.Build([Baseline, Kd], metric: "nll");
        Assert.Equal("student-baseline", table.Rows[0].Entry.Name);
        Assert.True(table.Rows[1].AgainstBaseline!.Gain < 0);
    }

    [Fact]
    public void Only_seeds_that_both_have_are_paired()
    {
        LeagueEntry other = new() { Name = "kd", Seeds = [2, 9, 1], Values = [0.82, 0.1, 0.81] };
        LeagueRow row = LeagueTable.Build([Baseline, other]).Rows.Single(r => r.Entry.Name == "kd");
        LeagueComparison comparison = row.AgainstBaseline!;
        Assert.Equal(2, comparison.Test.Pairs);
        Assert.Equal(0.1, comparison.Gain, 1e-12);
    }

    // By hand: sorted 0.01·3, 0.02·2, 0.04·1, then never falling.
    [Fact]
    public void Holm_corrects_p_values_and_passes_over_missing_ones()
    {
        double[] adjusted = PairedTest.Holm([0.04, double.NaN, 0.01, 0.02]);
        Assert.Equal(0.04, adjusted[0], 1e-12);
        Assert.True(double.IsNaN(adjusted[1]));
        Assert.Equal(0.03, adjusted[2], 1e-12);
        Assert.Equal(0.04, adjusted[3], 1e-12);
        Assert.Equal([1.0, 1.0], PairedTest.Holm([0.7, 0.9]));
    }

    [Fact]
    public void A_method_that_diverged_comes_last()
    {
        LeagueTable table = LeagueTable.Build([Entry("diverged", [double.NaN, 0.99, 0.99]), Baseline]);
        Assert.Equal("diverged", table.Rows[^1].Entry.Name);
        Assert.True(double.IsNaN(table.Rows[^1].AgainstBaseline!.AdjustedPValue));
    }

    [Fact]
    public void Csv_has_a_line_a_method_and_a_column_a_seed()
    {
        string[] lines = LeagueTable.Build([Baseline, Best]).ToCsv().TrimEnd().Split('\n');
        Assert.Equal(
            "rank,name,mean,std,n,seed_0,seed_1,seed_2,gain_baseline,p_baseline,p_baseline_holm,"
            + "gain_reference,p_reference,p_reference_holm,parameters,macs,bytes,latency_ms,wall_s,step_ms,peak_rss_bytes,settings",
            lines[0]);
        Assert.StartsWith("1,\"dkd, tuned\",0.8", lines[1], StringComparison.Ordinal);
        Assert.EndsWith(",,,,100,0,0,,12.5,,,\"weight: 2, temperature: 4\"", lines[1], StringComparison.Ordinal);
        Assert.EndsWith(",,,,,,,,,,,,,,", lines[2], StringComparison.Ordinal);
    }

    [Fact]
    public void Runs_give_their_results_once_and_under_names_that_differ()
    {
        RunSummary Run(double kd) => new()
        {
            Recipe = "r",
            Seeds = [4, 5],
            WallSeconds = 10,
            Results =
            [
                ResultSummary.Of("student-baseline", "test", "accuracy", [0.7, 0.71]),
                ResultSummary.Of("kd", "test", "accuracy", [kd, kd]),
                ResultSummary.Of("kd", "train", "accuracy", [1, 1]),
            ],
        };
        IReadOnlyList<LeagueEntry> entries = LeagueTable.Gather([new("a", Run(0.8)), new("b", Run(0.9))]);
        Assert.Equal(["student-baseline", "a/kd", "b/kd"], entries.Select(e => e.Name));
        Assert.Equal([4, 5], entries[0].Seeds);
    }

    [Fact]
    public void Names_and_seeds_must_differ()
    {
        var error = Assert.Throws<ArgumentException>(() => LeagueTable.Build([Kd, Kd with { Values = [1, 2, 3] }]));
        Assert.Contains("'kd' stands twice", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => LeagueTable.Build([Kd with { Seeds = [0, 0, 1] }]));
        Assert.Throws<ArgumentException>(() => LeagueTable.Build([Kd with { Seeds = [0] }]));
    }

    [Fact]
    public void The_page_is_escaped_and_its_plots_are_well_formed()
    {
        LeagueEntry evil = Entry("<img src=x>", [0.9, 0.9, 0.91]) with { WallSeconds = 40 };
        string html = LeaguePage.Html(LeagueTable.Build([Baseline, Kd, Best, evil]), "<b>league</b>");
        Assert.DoesNotContain("<img", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>league</b>", html, StringComparison.Ordinal);
        MatchCollection plots = Regex.Matches(html, "<svg.*?</svg>", RegexOptions.Singleline);
        Assert.Equal(2, plots.Count);
        Assert.All(plots, p => XDocument.Parse(p.Value));
        Assert.Contains("Nothing to compare.", LeaguePage.Html(LeagueTable.Build([]), "empty"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_page_says_who_is_missing_what_the_teacher_reaches_and_how_settings_were_chosen()
    {
        string html = LeaguePage.Html(Report());
        Assert.Contains("<dt>fsp</dt><dd>names 0 layers</dd>", html, StringComparison.Ordinal);
        Assert.Contains("<dt>at</dt><dd>failed: diverged</dd>", html, StringComparison.Ordinal);
        Assert.Contains("The teacher (big) reaches 91.00", html, StringComparison.Ordinal);
        Assert.Contains("by random search", html, StringComparison.Ordinal);
        Assert.Contains("weight: 2, temperature: 4", html, StringComparison.Ordinal);
        Assert.Contains("2026-03-04", html, StringComparison.Ordinal);
        Assert.Contains("cafe123", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Json_has_every_row_and_null_where_nothing_is_known()
    {
        JsonNode json = JsonNode.Parse(LeagueFile.Json(Report()))!;
        Assert.Equal(["dkd, tuned", "kd", "student-baseline"], json["rows"]!.AsArray().Select(r => (string)r!["name"]!));
        JsonNode best = json["rows"]![0]!;
        Assert.Equal(0.09, (double)best["against_baseline"]!["gain"]!, 1e-12);
        Assert.Equal(12.5, (double)best["train_s"]!);
        Assert.Null(best["peak_rss_bytes"]);
        Assert.Null(json["rows"]![2]!["against_baseline"]);
        Assert.Equal(0.91, (double)json["teacher"]!["mean"]!, 1e-12);
        Assert.True((bool)json["absent"]![1]!["has_run"]!);
        Assert.Equal("cafe123", (string)json["commit"]!);
    }

    private static LeagueReport Report() => new()
    {
        Table = LeagueTable.Build([Baseline, Best, Kd]),
        Title = "league",
        Teacher = Entry("big", [0.91, 0.91, 0.91]),
        Absent = [new LeagueAbsence("fsp", "names 0 layers", HasRun: false), new LeagueAbsence("at", "diverged", HasRun: true)],
        Tuning = "Settings by random search.",
        FinishedAt = new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.Zero),
        Environment = new RunEnvironment { Commit = "cafe123" },
    };

    private static LeagueEntry Entry(string name, double[] values) =>
        new() { Name = name, Seeds = [.. Enumerable.Range(0, values.Length).Select(i => (long)i)], Values = values };
}
