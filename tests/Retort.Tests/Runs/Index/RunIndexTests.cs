using System.Diagnostics;
using Retort.Runs;
using Retort.Runs.Index;

namespace Retort.Tests.Runs.Index;

public sealed class RunIndexTests : IDisposable
{
    private readonly RunFolders _runs = new();

    public void Dispose() => _runs.Dispose();

    [Fact]
    public void A_thousand_runs_are_listed_within_a_second_once_they_are_known()
    {
        for (int k = 0; k < 1000; k++)
            _runs.Finish($"run-{k:D4}", recipe: k % 2 == 0 ? "even" : "odd", minutes: k);
        using (var first = new RunIndex(_runs.Root))
            Assert.Equal(1000, first.Refreshed);

        long start = Stopwatch.GetTimestamp();
        using var index = new RunIndex(_runs.Root);
        IReadOnlyList<RunEntry> all = index.List();
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;

        Assert.Equal(0, index.Refreshed);
        Assert.Equal(1000, all.Count);
        Assert.Equal("run-0999", all[0].Name);
        Assert.True(seconds < 1, $"listing took {seconds:F2} s.");
    }

    [Fact]
    public void Runs_come_newest_first_with_what_they_measured()
    {
        _runs.Finish("old", minutes: 1);
        _runs.Finish("new", minutes: 3, student: [0.25, 0.75]);
        _runs.Finish("sweep/middle", minutes: 2);
        using var index = new RunIndex(_runs.Root);
        IReadOnlyList<RunEntry> all = index.List();
        Assert.Equal(["new", "sweep/middle", "old"], all.Select(r => r.Name));
        Assert.All(all, r => Assert.Equal((RunState.Done, "tiny", 61.0), (r.State, r.Recipe, r.WallSeconds)));
        Assert.Equal(RunFolders.Start.AddMinutes(3), all[0].Time);
        RunFigure headline = all[0].Headline("accuracy")!;
        Assert.Equal(("student", 0.5, 2), (headline.Name, headline.Mean, headline.Seeds));
        Assert.Equal(Math.Sqrt(0.125), headline.StandardDeviation, 1e-15);
    }

    [Fact]
    public void Filters_and_limits_hold()
    {
        for (int k = 0; k < 6; k++)
            _runs.Finish($"r{k}", recipe: k < 4 ? "first" : "second", minutes: k);
        _runs.Begin("r6", "first");
        using var index = new RunIndex(_runs.Root);
        Assert.Equal(["r3", "r2"], index.List(recipe: "first", metric: "accuracy", limit: 2).Select(r => r.Name));
        Assert.Equal(6, index.List(metric: "nll").Count);
        Assert.Equal(["first", "second"], index.Recipes);
    }

    [Fact]
    public void Only_what_changed_is_read_again()
    {
        for (int k = 0; k < 5; k++)
            _runs.Finish($"r{k}", minutes: k);
        new RunIndex(_runs.Root).Dispose();
        _runs.Finish("r2", minutes: 10, student: [0.1, 0.1, 0.1], seeds: [0, 1, 2]);
        _runs.Finish("r5", minutes: 11);
        Directory.Delete(_runs["r0"], recursive: true);
        using var index = new RunIndex(_runs.Root);
        Assert.Equal(2, index.Refreshed);
        Assert.Equal(["r5", "r2", "r4", "r3", "r1"], index.List().Select(r => r.Name));
        Assert.Equal(0.1, index.Find("r2").Headline("accuracy")!.Mean, 1e-12);
    }

    [Theory]
    [InlineData("{\"recipe\": \"tiny\", \"results\": [{\"na")]
    [InlineData("null")]
    [InlineData("{\"recipe\": \"tiny\", \"results\": null}")]
    [InlineData("{\"recipe\": \"tiny\", \"results\": [null], \"models\": [], \"seeds\": []}")]
    [InlineData("{\"recipe\": null, \"results\": [], \"models\": [], \"seeds\": []}")]
    public void A_summary_that_cannot_be_read_makes_its_run_broken_and_no_other(string text)
    {
        _runs.Finish("good");
        _runs.Begin("bad");
        _runs.Write(text, "bad", "summary.json");
        using var index = new RunIndex(_runs.Root);
        Assert.Equal(2, index.List().Count);
        RunEntry bad = index.Find("bad");
        Assert.Equal(RunState.Broken, bad.State);
        Assert.Contains("summary.json", bad.Problem, StringComparison.Ordinal);
        Assert.Equal(RunState.Done, index.Find("good").State);
        Assert.Null(RunDetails.Read(bad).Summary);
    }

    [Fact]
    public void A_run_without_a_summary_is_unfinished_or_running()
    {
        _runs.Begin("stopped");
        _runs.Begin("going");
        _runs.Finish("done");
        using var held = new FileStream(_runs["going", ".lock"], FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        _runs.Write(string.Empty, "stopped", ".lock");
        _runs.Write(string.Empty, "done", ".lock");
        using var index = new RunIndex(_runs.Root);
        Assert.Equal(RunState.Unfinished, index.Find("stopped").State);
        Assert.Equal("tiny", index.Find("stopped").Recipe);
        Assert.Equal(RunState.Running, index.Find("going").State);
        Assert.Equal(RunState.Done, index.Find("done").State);
    }

    [Fact]
    public void A_deleted_or_damaged_index_is_made_anew()
    {
        _runs.Finish("a");
        string file = _runs[RunIndex.FileName];
        new RunIndex(_runs.Root).Dispose();
        byte[] whole = File.ReadAllBytes(file);
        byte[][] states =
        [
            [], "not a database at all, though it is long enough to be one"u8.ToArray(), whole[..(whole.Length / 2)],
            [.. whole[..100], .. new byte[whole.Length - 100]],
        ];
        foreach (byte[] state in states)
        {
            File.WriteAllBytes(file, state);
            using var index = new RunIndex(_runs.Root);
            Assert.Equal(["a"], index.List().Select(r => r.Name));
        }

        File.Delete(file);
        using (var index = new RunIndex(_runs.Root))
            Assert.Equal(1, index.Refreshed);
        Assert.True(File.Exists(file));
    }

    [Fact]
    public void Where_no_index_can_be_written_runs_are_listed_all_the_same()
    {
        _runs.Finish("a");
        Directory.CreateDirectory(_runs[RunIndex.FileName]);
        using var index = new RunIndex(_runs.Root);
        Assert.Equal(["a"], index.List().Select(r => r.Name));
    }

    [Fact]
    public void Several_at_once_see_the_same()
    {
        for (int k = 0; k < 40; k++)
            _runs.Finish($"r{k}", minutes: k);
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ =>
        {
            using var index = new RunIndex(_runs.Root);
            Assert.Equal(40, index.List().Count);
        });
    }

    [Fact]
    public void A_folder_without_runs_stays_as_it_was()
    {
        _runs.Write("mine", "notes", "thesis.txt");
        _runs.Finish(".stages/abc");
        using var index = new RunIndex(_runs.Root);
        Assert.Empty(index.List());
        Assert.False(File.Exists(_runs[RunIndex.FileName]));
        using var missing = new RunIndex(_runs["nowhere"]);
        Assert.Empty(missing.List());
        Assert.False(Directory.Exists(_runs["nowhere"]));
    }

    [Fact]
    public void The_best_run_of_each_model_or_all_of_one_model_are_ranked()
    {
        _runs.Finish("low", minutes: 1, student: [0.4, 0.4]);
        _runs.Finish("high", minutes: 2, student: [0.6, 0.6]);
        _runs.Finish("other", "other", minutes: 3, student: [0.8, 0.8]);
        using var index = new RunIndex(_runs.Root);
        Assert.Equal(
            [("other", "teacher"), ("other", "student")], index.Best().Select(r => (r.Run.Name, r.Figure.Name)));
        Assert.Equal(["other", "high", "low"], index.Best(model: "student").Select(r => r.Run.Name));
        Assert.Equal(["high", "low"], index.Best(model: "student", recipe: "tiny").Select(r => r.Run.Name));
        Assert.Equal(["other", "high", "low"], index.Best("nll", model: "student").Select(r => r.Run.Name));
        Assert.Equal(0.2, index.Best("nll", model: "student")[0].Figure.Mean, 1e-12);
    }

    [Fact]
    public void Misspelt_names_get_the_nearest()
    {
        _runs.Finish("quickstart");
        using var index = new RunIndex(_runs.Root);
        Says(() => index.Find("quickstrat"), "nearest: quickstart");
        Says(() => index.List(metric: "acuracy"), "nearest: accuracy");
        Says(() => index.List(recipe: "tinny"), "nearest: tiny");
        Says(() => index.Best(model: "studnet"), "nearest: student");
        Says(() => index.Best(split: "tset"), "nearest: test");

        static void Says(Action act, string expected)
        {
            RunException error = Assert.Throws<RunException>(act);
            Assert.True(error.IsInputWrong);
            Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_run_is_found_by_its_folder_wherever_it_lies()
    {
        using var elsewhere = new RunFolders();
        elsewhere.Finish("far");
        using var index = new RunIndex(_runs.Root);
        RunEntry run = index.Find(elsewhere["far"]);
        Assert.Equal(("far", RunState.Done), (run.Name, run.State));
    }

    [Fact]
    public void Details_tell_stages_with_their_seconds()
    {
        _runs.Finish("a", seeds: [0, 4], student: [1, 1]);
        using var index = new RunIndex(_runs.Root);
        RunDetails details = RunDetails.Read(index.Find("a"));
        Assert.Equal(
            [("teacher", 0L, true), ("student", 0L, false), ("teacher", 4L, true), ("student", 4L, false)],
            details.Stages.Select(s => (s.Stage, s.Seed, s.IsDone)));
        Assert.Equal(12.5, details.Stages[0].WallSeconds);
        Assert.StartsWith("recipe: 1\nname: tiny", details.RecipeText, StringComparison.Ordinal);
    }
}
