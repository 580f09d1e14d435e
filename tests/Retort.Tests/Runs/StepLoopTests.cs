using Retort.Recipes;
using Retort.Registry;
using Retort.Reports;
using Retort.Runs;
using Retort.Tests.Data;

namespace Retort.Tests.Runs;

[Collection("default generator")]
public sealed class StepLoopTests
{
    private const string Recipe = "recipe: 1\nname: walk\nseeds: [5, 6]\nthreads: 1\nstages: [{ random-walk: { name: walk, steps: 7 } }]\n";

    [Fact]
    public void Stopped_after_any_step_and_resumed_it_ends_with_the_same_bits_and_figures()
    {
        string whole = Run(stopAt: null);
        for (int step = 1; step < 7; step++)
            Assert.Equal(whole, Run(step));
    }

    [Fact]
    public void A_step_that_diverges_says_where()
    {
        RandomWalk.DivergeAt = 3;
        try
        {
            RunException error = Assert.Throws<RunException>(() => Run(stopAt: null));
            Assert.Contains("stage 'walk' (seed 5) diverged: 'loss' is NaN by step 4", error.Message, StringComparison.Ordinal);
        }
        finally
        {
            RandomWalk.DivergeAt = null;
        }
    }

    [Fact]
    public void What_a_stage_measured_is_a_result_over_the_seeds()
    {
        using var folder = new TemporaryFolder();
        RunSummary summary = Runner.Run(Document(folder), Options(folder), new Silent(), default);
        ResultSummary result = Assert.Single(summary.Results);
        Assert.Equal(("walk", "test", "distance"), (result.Name, result.Split, result.Metric));
        Assert.Equal(2, result.Values.Count);
        Assert.NotEqual(result.Values[0], result.Values[1]);
    }

    private static string Run(int? stopAt)
    {
        using var folder = new TemporaryFolder();
        if (stopAt is { } step)
        {
            using var stop = new CancellationTokenSource();
            RandomWalk.AfterStep = done =>
            {
                if (done == step)
                    stop.Cancel();
            };
            Assert.ThrowsAny<OperationCanceledException>(() => Runner.Run(Document(folder), Options(folder), new Silent(), stop.Token));
            RandomWalk.AfterStep = null;
        }

        RunSummary summary = Runner.Run(Document(folder), Options(folder) with { Resume = true }, new Silent(), default);
        string lines = string.Join('\n', File.ReadLines(Path.Combine(folder.Path, "run", "metrics.jsonl"))
            .Select(l => System.Text.RegularExpressions.Regex.Replace(l, "\"(wall_s|time|wall_seconds|timestamp)\":[^,}]*", string.Empty)));
        return string.Join(',', summary.Results[0].Values) + lines;
    }

    private static RecipeDocument Document(TemporaryFolder folder) => RecipeDocument.Load(folder.Write("recipe.yaml", Recipe));

    private static RunOptions Options(TemporaryFolder folder)
    {
        ComponentRegistry registry = RetortCatalog.Create();
        registry.AddType(typeof(RandomWalk));
        return new RunOptions { Out = Path.Combine(folder.Path, "run"), Registry = registry };
    }

    private sealed class Silent : IRunProgress
    {
        public void RunStarted(string recipe, string folder, int stages)
        {
        }

        public void StageStarted(string stage, long seed, long resumedAt)
        {
        }

        public void StageReused(string stage, long seed)
        {
        }

        public void Stepped(in TrainingProgress progress)
        {
        }

        public void Measured(string stage, long seed, IReadOnlyList<KeyValuePair<string, double>> figures)
        {
        }

        public void Warned(string message)
        {
        }

        public void StageFinished(string stage, long seed, double wallSeconds)
        {
        }
    }
}
