using Retort.Comparison;
using Retort.Recipes;
using Retort.Recipes.Schedules;
using Retort.Reports;
using Retort.Runs;
using Retort.Stages;
using Retort.Tests.Data;
using Retort.Torch;

namespace Retort.Tests.Comparison;

[Collection("default generator")]
public sealed class MethodComparisonTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly int _threads = Engine.Threads;
    private readonly List<string> _said = [];

    public void Dispose()
    {
        Engine.Threads = _threads;
        _folder.Dispose();
    }

    [Fact]
    public void Methods_are_ranked_tested_by_seed_and_what_cannot_run_is_said_before_anything_is_trained()
    {
        LeagueReport report = Compare("dkd,fsp,token-forward-kl,at={weight: 10, student_taps: [layer2], teacher_taps: [layer2]}");
        Assert.Equal(["at", "dkd", "kd", "student-baseline"], report.Table.Rows.Select(r => r.Entry.Name).Order());
        Assert.All(report.Table.Rows, row =>
        {
            Assert.Equal([3, 4], row.Entry.Seeds);
            Assert.True(row.Entry.WallSeconds > 0 && row.Entry.StepMilliseconds > 0, row.Entry.Name);
            Assert.True(double.IsNaN(row.Entry.PeakBytes), "memory is not a method's own in one process");
        });
        LeagueRow at = report.Table.Rows.Single(r => r.Entry.Name == "at");
        Assert.Equal(2, at.AgainstBaseline!.Test.Pairs);
        Assert.Equal(2, at.AgainstReference!.Test.Pairs);
        Assert.Equal("as the recipe has it", report.Table.Rows.Single(r => r.Entry.Name == "kd").Entry.Settings);
        Assert.NotNull(report.Teacher);

        Assert.Equal(["fsp", "token-forward-kl"], report.Absent.Select(a => a.Name));
        Assert.All(report.Absent, a => Assert.False(a.HasRun));
        Assert.Contains("at least 2", report.Absent[0].Reason, StringComparison.Ordinal);
        Assert.Contains("3 dimensions", report.Absent[1].Reason, StringComparison.Ordinal);
        int refused = _said.FindIndex(s => s.StartsWith("token-forward-kl cannot run", StringComparison.Ordinal));
        Assert.InRange(refused, 0, _said.FindIndex(s => s.Contains("done in", StringComparison.Ordinal)));
        Assert.Equal(
            ["league.csv", "league.html", "league.json"], Directory.GetFiles(Out, "league.*").Select(Path.GetFileName).Order());
    }

    [Fact]
    public void The_same_call_again_repeats_nothing_and_one_more_method_trains_that_alone()
    {
        LeagueReport first = Compare("dkd");
        Assert.Equal(7, Trained());
        _said.Clear();
        LeagueReport again = Compare("dkd");
        Assert.Equal(0, Trained());
        Assert.Equal(first.Table.Rows.Select(r => r.Entry.Values), again.Table.Rows.Select(r => r.Entry.Values));
        _said.Clear();
        Compare("dkd,sp");
        Assert.Equal(2, Trained());
    }

    [Fact]
    public void A_training_that_fails_leaves_the_others_alone()
    {
        LeagueReport report = Compare("dkd,at={weight: 1.0e+30}");
        Assert.Equal(["dkd", "kd", "student-baseline"], report.Table.Rows.Select(r => r.Entry.Name).Order());
        LeagueAbsence failed = Assert.Single(report.Absent);
        Assert.True(failed is { Name: "at", HasRun: true }, failed.Reason);
        Assert.Contains("diverged", failed.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Strictly_a_method_that_cannot_run_stops_everything()
    {
        RunException error = Assert.Throws<RunException>(() => Compare("dkd,fsp", o => o with { Strict = true }));
        Assert.True(error.IsInputWrong);
        Assert.False(Directory.Exists(Out));
    }

    [Fact]
    public void Every_method_has_the_recipes_training_and_only_its_terms_differ()
    {
        Compare("sp", o => o with { AutoWeight = true });
        TrainStageOptions kd = LastStage("kd"), sp = LastStage("sp");
        Assert.Equal(OptionsText.Of(kd), OptionsText.Of(sp with { Name = kd.Name, Criteria = kd.Criteria }));
        Assert.Equal([0.1, 0.9], kd.Criteria.Select(c => ((ConstantSchedule)c.Weight).Value));
        Assert.Equal(1, ((ConstantSchedule)sp.Criteria[0].Weight).Value);
        Assert.Equal(1, ((AutoSchedule)sp.Criteria[1].Weight).Ratio);
    }

    [Fact]
    public void Settings_that_were_found_are_laid_over_and_those_written_stand()
    {
        var tuned = new TunedSettings
        {
            Recipe = "tiny",
            Strategy = "random",
            Budget = 3,
            Methods =
            [
                new TunedMethod { Name = "student-baseline", Slug = "cross-entropy", LearningRate = 0.07 },
                new TunedMethod
                {
                    Name = "dkd", Slug = "dkd", LearningRate = 0.02,
                    Settings = new Dictionary<string, string> { ["weight"] = "{ auto: 2 }", ["temperature"] = "3" },
                },
            ],
        };
        LeagueReport report = Compare("dkd={temperature: 2}", o => o with { Tuned = tuned });
        string Settings(string name) => report.Table.Rows.Single(r => r.Entry.Name == name).Entry.Settings;
        Assert.Equal("temperature: 2, weight: { auto: 2 }, lr: 0.02", Settings("dkd"));
        Assert.Equal("lr: 0.07", Settings("student-baseline"));
        Assert.Contains("lr: 0.02", File.ReadAllText(Path.Combine(Out, "recipes", "dkd.yaml")), StringComparison.Ordinal);
        Assert.Contains(_said, s => s.Contains("no settings were found for kd", StringComparison.Ordinal));
        Assert.Contains("3 full trainings", report.Tuning, StringComparison.Ordinal);
    }

    [Fact]
    public void A_baseline_that_trains_otherwise_is_warned_of()
    {
        Compare("kd", text: TinyComparison.Text.Replace(
            "role: student, criteria", "role: student, epochs: 3, criteria", StringComparison.Ordinal));
        Assert.Contains(_said, s =>
            s.StartsWith("warning: 'student-baseline' and 'student-distilled' differ in epochs", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("teachers: [teacher]\n", "teachers: []\n", "no train stage with `teachers:`")]
    [InlineData("data: " + TinyComparison.Data, "description: none", "no `data:`")]
    public void A_recipe_without_what_a_comparison_needs_is_explained(string right, string wrong, string said)
    {
        string text = TinyComparison.Text.Replace(right, wrong, StringComparison.Ordinal);
        Assert.NotEqual(TinyComparison.Text, text);
        if (wrong.Contains("[]", StringComparison.Ordinal))
            text = text.Replace("[{ cross-entropy: { weight: 0.1 } }, { kd: { weight: 0.9, temperature: 4 } }]",
                "[cross-entropy]", StringComparison.Ordinal);
        Assert.Contains(said, Assert.Throws<RunException>(() => Compare("kd", text: text)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_that_no_method_has_are_the_users_slip()
    {
        RunException error = Assert.Throws<RunException>(() => Compare("at={wieght: 3}"));
        Assert.True(error.IsInputWrong);
        Assert.Contains("nearest: weight", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_with_other_files_is_left_alone()
    {
        _folder.Write("out/letter.txt", "dear");
        Assert.Contains("no comparison", Assert.Throws<RunException>(() => Compare("kd")).Message, StringComparison.Ordinal);
        Assert.Equal("dear", File.ReadAllText(Path.Combine(Out, "letter.txt")));
    }

    private string Out => Path.Combine(_folder.Path, "out");

    private int Trained() => _said.Count(s => s.Contains(" done in ", StringComparison.Ordinal));

    private LeagueReport Compare(
        string methods, Func<ComparisonOptions, ComparisonOptions>? change = null, string text = TinyComparison.Text)
    {
        IReadOnlyList<MethodChoice> named = MethodChoice.Parse(methods, RetortCatalog.Default);
        var options = new ComparisonOptions { Methods = named, Out = Out, Say = _said.Add };
        return MethodComparison.Run(RecipeDocument.Parse(text), change?.Invoke(options) ?? options);
    }

    private TrainStageOptions LastStage(string name) => (TrainStageOptions)Recipe.Bind(
        RecipeDocument.Load(Path.Combine(Out, "recipes", name + ".yaml")), RetortCatalog.Default).Require().Stages[^1];
}
