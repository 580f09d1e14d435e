using System.Text.Json;
using Retort.Evaluation;
using Retort.Runs;
using Retort.Tests.Methods;

namespace Retort.Tests.Stages;

[Collection("default generator")]
public sealed class SearchStageTests
{
    private const string Recipe =
        """
        recipe: 1
        name: tiny
        seeds: [5]
        threads: 1
        device: cpu
        data: { dataset: glyphs, train: 360, test: 72, batch_size: 60 }
        roles:
          teacher: { model: small-cnn, width: 6, in_channels: 1, classes: 36 }
          student: { model: small-cnn, width: 3, in_channels: 1, classes: 36, search: architecture }
        defaults:
          train: { epochs: 2, evaluate_every: 0, optimizer: { sgd: { lr: 0.02 } } }
        stages:
          - train: { name: teacher, role: teacher, criteria: [cross-entropy] }
          - search:
              name: architecture
              role: student
              space: { width: [3, 4], depths.0: [1, 2], depths.2: [1, 2] }
              score: { diswot: { teacher: teacher, draws: 2 } }
              controls: [parameters, random]
              verify:
                teachers: [teacher]
                top: 4
                training: { epochs: 1, criteria: [cross-entropy, kd], optimizer: { sgd: { lr: 0.02 } } }
          - train: { name: distilled, role: student, teachers: [teacher], criteria: [cross-entropy, kd] }
          - compare: { models: [teacher, distilled], latency: false }
        """;

    [Theory]
    [InlineData("", 3)]
    [InlineData("", 9)]
    [InlineData("strategy: { evolve: { population: 3, parents: 2, evaluations: 6 } }", 4)]
    public void Interrupted_between_candidates_and_resumed_it_ends_with_the_same_bits(string strategy, int steps)
    {
        using MethodRun run = MethodRun.Of(With("controls:", $"{strategy}\n      controls:"));
        Assert.Empty(run.Problems());
        run.Run("whole");
        run.Run("broken", "architecture", steps);
        string Left(string name, string file) => File.ReadAllText(run.FileOf(name, "architecture", file));
        foreach (string file in new[] { "architecture.json", "ranking.json" })
            Assert.Equal(Left("whole", file), Left("broken", file));
        Assert.Equal(Figures(run, "whole"), Figures(run, "broken"));
        Assert.Equal(MethodRun.Digest(run.FileOf("whole", "distilled")), MethodRun.Digest(run.FileOf("broken", "distilled")));
    }

    // One of the two candidates is too large, so that nothing is measured after the interruption.
    [Fact]
    public void Interrupted_after_the_last_measurement_it_knows_what_was_measured()
    {
        using MethodRun run = MethodRun.Of(
            """
            recipe: 1
            name: points
            seeds: [5]
            threads: 1
            device: cpu
            data: { dataset: mixture, train: 128, test: 100, batch_size: 64 }
            roles:
              student: { model: mlp-denoiser, depth: 1, search: architecture }
            stages:
              - search:
                  name: architecture
                  role: student
                  space: { width: [4, 1000] }
                  score: parameters
                  budget: { parameters: 2000 }
                  verify: { training: { epochs: 1, criteria: [edm], optimizer: { sgd: { lr: 0.02 } } } }
              - train: { name: student, role: student, criteria: [edm], epochs: 1, optimizer: { sgd: { lr: 0.02 } } }
            """);
        Assert.Empty(run.Problems());
        run.Run("whole");
        run.Run("broken", "architecture", 3);
        Assert.Contains("architecture/test/sw2", Figures(run, "whole").Keys);
        Assert.Equal(Figures(run, "whole"), Figures(run, "broken"));
    }

    [Fact]
    public void The_best_score_is_what_later_stages_train_and_export_and_the_figures_say_what_scores_are_worth()
    {
        using MethodRun run = MethodRun.Of(Recipe);
        run.Run("whole");
        JsonElement[] ranking = Ranking(run, "whole");
        Assert.Equal(8, ranking.Length);
        Assert.Equal(ranking.Select(Score).OrderDescending(), ranking.Select(Score));
        JsonElement best = ranking[0], options = JsonDocument.Parse(
            File.ReadAllText(run.FileOf("whole", "architecture", "architecture.json"))).RootElement.GetProperty("options");
        Assert.Equal(best.GetProperty("options").GetProperty("width").GetInt32(), options.GetProperty("width").GetInt32());
        Assert.Equal(best.GetProperty("options").GetProperty("depths.2").GetInt32(), options.GetProperty("depths")[2].GetInt32());
        JsonElement summary = JsonDocument.Parse(File.ReadAllText(run.FileOf("whole", ["summary.json"]))).RootElement;
        JsonElement model = summary.GetProperty("models").EnumerateArray()
            .Single(m => m.GetProperty("name").GetString() == "distilled");
        Assert.Equal(best.GetProperty("parameters").GetInt64(), model.GetProperty("parameters").GetInt64());
        string exported = File.ReadAllText(run.FileOf("whole", "students", "distilled", "config.json"));
        Assert.Equal(options.ToString(), JsonDocument.Parse(exported).RootElement.GetProperty("options").ToString());

        JsonElement[] trained = [.. ranking.Where(r => r.TryGetProperty("accuracy", out _))];
        double[] found = [.. trained.Select(r => r.GetProperty("accuracy").GetDouble())];
        Assert.Equal(ranking.Take(4).Select(Score), trained.Select(Score));
        Dictionary<string, double> figures = Figures(run, "whole");
        Assert.Equal(found[0], figures["architecture/test/accuracy"]);
        Assert.Equal(found.Max(), figures["architecture/test/best_accuracy"]);
        Assert.Equal(found.Order().Skip(1).Take(2).Average(), figures["architecture/test/median_accuracy"], 1e-12);
        double tau = RankCorrelation.Kendall([.. trained.Select(Score)], found);
        Assert.Equal(double.IsNaN(tau) ? 0 : tau, figures["architecture/test/tau"], 1e-12);
    }

    // 3 · 9 · … of the smallest is below the limit; the widest and deepest are above.
    [Fact]
    public void The_budget_leaves_out_what_is_too_large()
    {
        using MethodRun run = MethodRun.Of(With("controls:", "budget: { parameters: 3500, macs: 60000 }\n      controls:"));
        run.Run("whole");
        JsonElement[] ranking = Ranking(run, "whole");
        Assert.InRange(ranking.Length, 1, 7);
        Assert.All(ranking, r => Assert.True(
            r.GetProperty("parameters").GetInt64() <= 3500 && r.GetProperty("macs").GetInt64() <= 60000, r.ToString()));
    }

    [Fact]
    public void Each_seed_searches_for_itself_unless_once_is_enough()
    {
        string random = With("score: { diswot: { teacher: teacher, draws: 2 } }", "score: random")
            .Replace("seeds: [5]", "seeds: [5, 6, 7, 8]", StringComparison.Ordinal)
            .Replace("controls: [parameters, random]", "controls: [parameters]", StringComparison.Ordinal);
        using MethodRun each = MethodRun.Of(random);
        each.Run("whole");
        string[] found = [.. Enumerable.Range(5, 4).Select(s =>
            File.ReadAllText(each.FileOf("whole", $"seed-{s}", "architecture", "architecture.json")))];
        Assert.InRange(found.Distinct().Count(), 2, 4);

        const string space = "      space:";
        using MethodRun once = MethodRun.Of(random.Replace(space, "      once: true\n" + space, StringComparison.Ordinal));
        once.Run("whole");
        Assert.False(Directory.Exists(once.FileOf("whole", "seed-6", "architecture")));
        Assert.True(File.Exists(once.FileOf("whole", "seed-6", "distilled", "model.safetensors")));
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"model\": \"small-cnn\", \"options\": {\"width\": \"wide\"}}")]
    [InlineData("{\"model\": \"small-cnn\", \"options\": {\"height\": 3}}")]
    public void A_damaged_architecture_is_said_to_be_none(string text)
    {
        using MethodRun run = MethodRun.Of(With("score: { diswot: { teacher: teacher, draws: 2 } }", "score: random")
            .Replace("controls: [parameters, random]", "controls: []", StringComparison.Ordinal));
        run.Run("whole");
        File.WriteAllText(run.FileOf("whole", "architecture", "architecture.json"), text);
        File.Delete(run.FileOf("whole", "distilled", "done.json"));
        RunException error = Assert.Throws<RunException>(() => run.Run("whole"));
        Assert.Contains("architecture.json' is not what a search leaves", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("search: architecture }", "search: architectur }", "no search stage is called 'architectur'")]
    [InlineData("width: [3, 4]", "widht: [3, 4]", "the model has no option 'widht'")]
    [InlineData("width: [3, 4]", "width: [3, 0]",
        "candidate {\"depths.0\":1,\"depths.2\":1,\"width\":0} cannot be built: Must be at least 1. (Parameter 'Width')")]
    [InlineData("teacher: teacher, draws", "teacher: teachr, draws", "there is no role 'teachr'")]
    [InlineData("teachers: [teacher]\n        top", "teachers: [techer]\n        top",
        "nothing called 'techer' is trained before this stage")]
    [InlineData("criteria: [cross-entropy, kd], optimizer",
        "criteria: [cross-entropy, at: { student_taps: [layr1], teacher_taps: [layer1] }], optimizer",
        "role 'student' (small-cnn) has no module 'layr1'")]
    [InlineData("role: teacher, criteria: [cross-entropy] }", "role: student, criteria: [cross-entropy] }",
        "the architecture of role 'student' is what stage 'architecture' finds, which comes after this one")]
    [InlineData("student: { model: small-cnn, width: 3,", "student: { model: mlp,", "the model has no option 'width'")]
    [InlineData("controls: [parameters, random]", "controls: [parameters, random, random]", "the score 'random' is named twice")]
    public void What_is_wrong_is_said_before_anything_is_run(string good, string bad, string message)
    {
        using MethodRun run = MethodRun.Of(With(good, bad));
        Assert.Contains(message, run.Problems());
    }

    private static string With(string good, string bad)
    {
        string found = Recipe.Replace(good, bad, StringComparison.Ordinal);
        Assert.NotEqual(Recipe, found);
        return found;
    }

    private static double Score(JsonElement line) => line.GetProperty("score").GetDouble();

    private static JsonElement[] Ranking(MethodRun run, string name) =>
        [.. JsonDocument.Parse(File.ReadAllText(run.FileOf(name, "architecture", "ranking.json"))).RootElement.EnumerateArray()];

    private static Dictionary<string, double> Figures(MethodRun run, string name) =>
        JsonDocument.Parse(File.ReadAllText(run.FileOf(name, "architecture", "done.json"))).RootElement
            .GetProperty("figures").EnumerateObject().ToDictionary(f => f.Name, f => f.Value.GetDouble());
}
