using System.Text.RegularExpressions;
using System.Xml.Linq;
using Retort.Reports;
using Retort.Tests.Tracking;
using Retort.Tracking;

namespace Retort.Tests.Reports;

public sealed class ReportPageTests
{
    [Fact]
    public void The_page_needs_nothing_but_itself()
    {
        string html = ReportPage.Html(SampleReport.Create());
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.Empty(Regex.Matches(html, @"(src|href)=""(?!#|data:)", RegexOptions.IgnoreCase));
        Assert.DoesNotContain("@import", html, StringComparison.Ordinal);
        Assert.DoesNotContain("url(", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_plot_is_well_formed_and_every_id_is_unique()
    {
        string html = ReportPage.Html(SampleReport.Create(36));
        MatchCollection plots = Regex.Matches(html, "<svg.*?</svg>", RegexOptions.Singleline);
        Assert.Equal(10, plots.Count);
        Assert.All(plots, p => XDocument.Parse(p.Value));
        string[] ids = [.. Regex.Matches(html, @" id=""([^""]+)""").Select(m => m.Groups[1].Value)];
        Assert.Equal(ids.Length, ids.Distinct().Count());
    }

    [Fact]
    public void Every_link_of_the_contents_leads_somewhere()
    {
        string html = ReportPage.Html(SampleReport.Create());
        MatchCollection links = Regex.Matches(html, @"href=""#([^""]+)""");
        Assert.Equal(9, links.Count);
        Assert.All(links, l => Assert.Contains($"id=\"{l.Groups[1].Value}\"", html, StringComparison.Ordinal));
    }

    [Fact]
    public void The_verdict_and_every_value_of_every_seed_are_there()
    {
        ReportData data = SampleReport.Create();
        string html = ReportPage.Html(data);
        Assert.Contains(Verdict.Of(data)!.Headline, html, StringComparison.Ordinal);
        foreach (double value in data.Summary.Find("student-distilled", "test", "accuracy")!.Values)
            Assert.Contains(FormattableString.Invariant($"{value * 100:0.00}"), html, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_from_outside_is_escaped_wherever_it_goes()
    {
        const string Evil = "</title></svg><img src=x onerror=alert(1)>&\"'";
        ReportData sample = SampleReport.Create();
        ReportData data = sample with
        {
            Description = Evil,
            Distilled = Evil,
            Baseline = Evil + "b",
            Teacher = Evil + "t",
            Split = Evil + "s",
            RecipeYaml = Evil + ": 1\n# " + Evil,
            Reproduce = [Evil],
            ClassNames = [.. Enumerable.Repeat(Evil, 10)],
            Curves = [.. sample.Curves.Select(c => c with { Model = Rename(c.Model), Metric = Evil + c.Metric, Split = Evil })],
            Evaluations = [.. sample.Evaluations.Select(e => e with { Name = Rename(e.Name) })],
            Disagreements =
            [
                sample.Disagreements[0] with { Label = Evil, StudentPrediction = Evil, TeacherPrediction = Evil, Text = Evil },
            ],
            Sheets = [sample.Sheets[0] with { Name = Evil }],
            Summary = sample.Summary with
            {
                Recipe = Evil,
                Results = [.. sample.Summary.Results.Select(r => r with { Name = Rename(r.Name), Split = Evil + "s" })],
                Models = [.. sample.Summary.Models.Select(m => m with { Name = Rename(m.Name), Architecture = Evil })],
                Environment = new RunEnvironment { Commit = Evil, Libraries = new Dictionary<string, string> { [Evil] = Evil } },
            },
        };
        string html = ReportPage.Html(data);
        Assert.DoesNotContain("<img src=x", html, StringComparison.Ordinal);
        Assert.Single(Regex.Matches(html, "</title></svg>|</title>\n<style>"));

        static string Rename(string name) =>
            name switch { "student-distilled" => Evil, "student-baseline" => Evil + "b", "teacher" => Evil + "t", _ => name };
    }

    [Fact]
    public void A_section_without_data_is_left_out()
    {
        string html = ReportPage.Html(new ReportData { Summary = new RunSummary { Recipe = "bare" } });
        Assert.DoesNotContain("<section", html, StringComparison.Ordinal);
        Assert.Contains("<h1>bare</h1>", html, StringComparison.Ordinal);
    }

    [Fact]
    public void One_part_at_a_time_is_enough()
    {
        ReportData all = SampleReport.Create();
        var bare = new ReportData { Summary = new RunSummary { Recipe = "bare" } };
        ReportData[] partial =
        [
            bare with { Curves = all.Curves },
            bare with { Disagreements = all.Disagreements },
            bare with { Agreements = all.Agreements },
            bare with { Sheets = all.Sheets },
            bare with { RecipeYaml = "a: 1" },
            bare with { Summary = bare.Summary with { Models = all.Summary.Models } },
            bare with { Summary = bare.Summary with { Results = all.Summary.Results } },
            bare with { Summary = bare.Summary with { Environment = all.Summary.Environment } },
        ];
        Assert.Equal(2, Regex.Count(ReportPage.Html(bare with { Evaluations = all.Evaluations }), "<section"));
        Assert.All(partial, data => Assert.Single(Regex.Matches(ReportPage.Html(data), "<section")));
    }

    [Fact]
    public void A_run_that_diverged_still_has_a_page()
    {
        ReportData sample = SampleReport.Create();
        ReportData data = sample with
        {
            Summary = sample.Summary with
            {
                Results =
                [
                    .. sample.Summary.Results
                        .Select(r => ResultSummary.Of(r.Name, r.Split, r.Metric, [.. r.Values.Select(_ => double.NaN)])),
                ],
                Models = [.. sample.Summary.Models.Select(m => new ModelSummary { Name = m.Name })],
            },
            Curves = [.. sample.Curves.Select(c => c with { Points = [.. c.Points.Select(p => p with { Value = double.NaN })] })],
        };
        string html = ReportPage.Html(data);
        Assert.Contains("✗ failed", html, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", Regex.Replace(html, "<pre>.*?</pre>", ""), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_png_is_not_shown_as_one()
    {
        DisagreementSample sample = SampleReport.Create().Disagreements[0];
        ReportData data = new()
        {
            Summary = new RunSummary { Recipe = "a" },
            Disagreements = [sample with { Png = new byte[] { 1, 2, 3 }, Text = "a text instead" }],
            Sheets = [new SampleSheet("a", new byte[] { 1, 2, 3 })],
        };
        string html = ReportPage.Html(data);
        Assert.DoesNotContain("<img", html, StringComparison.Ordinal);
        Assert.Contains("a text instead", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Curves_are_read_from_the_metrics_of_every_seed()
    {
        using var folder = new TemporaryFolder();
        using (var tracker = new JsonlTracker(folder["metrics.jsonl"]))
        {
            foreach (long seed in new long[] { 0, 1 })
            {
                for (int step = 1; step <= 450; step++)
                    tracker.Scalars(new TrackPoint("student", seed, step, step / 100.0, 0),
                        [new("loss/train", step), new("other", 0)]);
            }
        }

        IEnumerable<MetricRecord> records = MetricsLog.Read(folder["metrics.jsonl"]);
        IReadOnlyList<LearningCurve> curves = LearningCurves.From(records, "loss/train", "loss", "train");
        Assert.Equal([0L, 1L], curves.Select(c => c.Seed));
        Assert.Equal(150, curves[0].Points.Count);
        Assert.Equal(2, curves[0].Points[0].Value);
        Assert.Equal(0.02, curves[0].Points[0].Epoch, 1e-12);
        Assert.Equal("loss", curves[0].Metric);
    }
}
