using Retort.Comparison;
using Retort.Data;
using Retort.Recipes;
using Retort.Runs;
using Retort.Tests.Data;
using Retort.Torch;

namespace Retort.Tests.Comparison;

[Collection("default generator")]
public sealed class MethodTuningTests : IDisposable
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
    public void Every_row_has_the_same_budget_and_its_best_trial_wins()
    {
        TunedSettings found = Tune("kd,sp", 4);
        Assert.Equal(["student-baseline", "kd", "sp"], found.Methods.Select(m => m.Name));
        Assert.Equal("validation", found.Split);
        Assert.Equal(72, found.Samples);
        Assert.All(found.Methods, method =>
        {
            Assert.Equal([0, 1, 2, 3], method.Trials.Select(t => t.Trial));
            Assert.All(method.Trials, t => Assert.Equal(2, t.Epochs));
            Assert.Equal(method.Trials.Max(t => t.Score), method.Score);
            Assert.Equal(method.Trials[0].Score, method.DefaultScore);
            TuningTrial best = method.Trials.First(t => t.Score == method.Score);
            Assert.Equal(best.Settings, method.Settings);
            Assert.Equal(best.LearningRate, method.LearningRate);
        });
    }

    [Fact]
    public void Halving_lets_the_better_third_go_on()
    {
        TunedMethod found = Tune("kd", 6, o => o with { Strategy = SearchStrategy.Halving }).Methods[1];
        TuningTrial[][] rungs = [.. found.Trials.GroupBy(t => t.Rung).Select(g => g.ToArray())];
        Assert.Equal([18, 6, 2], rungs.Select(r => r.Length));
        Assert.Equal([2 / 9.0, 2 / 3.0, 2], rungs.Select(r => r[0].Epochs));
        for (int k = 0; k + 1 < rungs.Length; k++)
        {
            int[] ahead = [
                .. rungs[k].OrderByDescending(t => t.Score).ThenBy(t => t.Trial).Take(rungs[k + 1].Length).Select(t => t.Trial)];
            Assert.Equal(ahead, rungs[k + 1].Select(t => t.Trial));
        }

        Assert.Equal(rungs[^1].Max(t => t.Score), found.Score);
    }

    [Fact]
    public void A_search_that_was_stopped_goes_on_and_ends_as_an_unbroken_one()
    {
        using var stop = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => Tune("kd", 3, o => o with
        {
            Say = line =>
            {
                _said.Add(line);
                if (line.StartsWith("kd trial 1", StringComparison.Ordinal))
                    stop.Cancel();
            },
        }, cancellation: stop.Token));
        Assert.False(File.Exists(Path.Combine(Out, "tuned.json")));
        string trial = Path.Combine(Out, "run", "seed-3", "kd-r0-t0", "done.json");
        DateTime written = File.GetLastWriteTimeUtc(trial);

        TunedSettings resumed = Tune("kd", 3);
        Assert.Equal(written, File.GetLastWriteTimeUtc(trial));
        Assert.Equal(6, File.ReadAllLines(Path.Combine(Out, "trials.jsonl")).Length);
        TunedSettings whole = Tune("kd", 3, o => o with { Out = Path.Combine(_folder.Path, "whole") });
        Assert.Equal(whole.Methods.SelectMany(m => m.Trials).Select(t => t.Score),
            resumed.Methods.SelectMany(m => m.Trials).Select(t => t.Score));
    }

    [Fact]
    public void The_test_split_is_never_so_much_as_opened()
    {
        WriteIdx("train", Enumerable.Range(0, 400).ToArray());
        File.WriteAllText(Path.Combine(_folder.Path, "t10k-images-idx3-ubyte"), "poison");
        File.WriteAllText(Path.Combine(_folder.Path, "t10k-labels-idx1-ubyte"), "poison");
        string text = TinyComparison.Text
            .Replace(TinyComparison.Data, $"{{ dataset: idx, root: {_folder.Path}, batch_size: 40, validation: 0.2 }}",
                StringComparison.Ordinal)
            .Replace("classes: 36", "classes: 4", StringComparison.Ordinal);
        TunedSettings found = Tune("kd,sp", 3, text: text);
        Assert.All(found.Methods, m => Assert.NotNull(m.Score));

        // The poison works: what does read the split fails on it.
        Assert.Throws<DataFormatException>(() => MethodComparison.Run(RecipeDocument.Parse(text), new ComparisonOptions
        {
            Methods = MethodChoice.Parse("kd", RetortCatalog.Default),
            Out = Path.Combine(_folder.Path, "compared"),
        }));
    }

    [Fact]
    public void Without_validation_data_the_way_out_is_said()
    {
        string text = TinyComparison.Text.Replace(", validation: 0.2", "", StringComparison.Ordinal);
        RunException error = Assert.Throws<RunException>(() => Tune("kd", 2, text: text));
        Assert.True(error.IsInputWrong);
        Assert.Contains("data.validation=0.1", error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Out));
    }

    [Fact]
    public void A_trial_that_fails_is_kept_with_its_reason_and_never_wins()
    {
        TunedMethod found = Tune("sp={weight: 1.0e+30}", 2).Methods[1];
        Assert.Null(found.Score);
        Assert.All(found.Trials, t => Assert.Contains("diverged", t.Failure, StringComparison.Ordinal));
    }

    [Fact]
    public void Without_names_the_stages_own_methods_are_searched() =>
        Assert.Equal(["student-baseline", "kd"], Tune(null, 1).Methods.Select(m => m.Name));

    [Fact]
    public void What_was_found_can_be_read_again()
    {
        TunedSettings found = Tune("kd={temperature: 2}", 3);
        TunedSettings read = TunedSettings.Read(Path.Combine(Out, "tuned.json"));
        Assert.Equal(found.Methods[1].Settings, read.Methods[1].Settings);
        Assert.Equal("{temperature: 2}", read.Methods[1].Written);
        Assert.Equal(found.Methods[1].Trials.Select(t => t.Score), read.Methods[1].Trials.Select(t => t.Score));
    }

    [Theory]
    [InlineData("{", "tuned.json")]
    [InlineData("null", "null")]
    [InlineData("{\"recipe\":\"r\",\"strategy\":\"random\",\"budget\":1}", "methods")]
    [InlineData("{\"recipe\":\"r\",\"strategy\":\"random\",\"budget\":1,\"methods\":[null]}", "null")]
    [InlineData("{\"recipe\":null,\"strategy\":\"random\",\"budget\":1,\"methods\":[]}", "recipe")]
    public void A_file_of_settings_that_is_none_is_named(string text, string said)
    {
        string path = _folder.Write("tuned.json", text);
        RunException error = Assert.Throws<RunException>(() => TunedSettings.Read(path));
        Assert.True(error.IsInputWrong);
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.Contains(said, error.Message, StringComparison.OrdinalIgnoreCase);
    }

    private string Out => Path.Combine(_folder.Path, "out");

    private TunedSettings Tune(
        string? methods, int budget, Func<TuningOptions, TuningOptions>? change = null, string text = TinyComparison.Text,
        CancellationToken cancellation = default)
    {
        var options = new TuningOptions
        {
            Methods = methods is null ? [] : MethodChoice.Parse(methods, RetortCatalog.Default),
            Budget = budget,
            Out = Out,
            Say = _said.Add,
        };
        return MethodTuning.Run(RecipeDocument.Parse(text), change?.Invoke(options) ?? options, cancellation);
    }

    // Pictures of 8 × 8 whose brightness tells their class.
    private void WriteIdx(string name, int[] numbers)
    {
        byte[] count = [0, 0, (byte)(numbers.Length >> 8), (byte)numbers.Length];
        byte[] pixels = [.. numbers.SelectMany(n => Enumerable.Repeat((byte)(n % 4 * 60 + n % 7), 64))];
        _folder.Write($"{name}-images-idx3-ubyte", [0, 0, 8, 3, .. count, 0, 0, 0, 8, 0, 0, 0, 8, .. pixels]);
        _folder.Write($"{name}-labels-idx1-ubyte", [0, 0, 8, 1, .. count, .. numbers.Select(n => (byte)(n % 4))]);
    }
}
