using System.Diagnostics;

namespace Retort.Tests.Cli;

public sealed class RunBatchTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("retort-batch-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Several_recipes_get_a_folder_each_and_one_table()
    {
        Write("a.yaml", TinyRecipe.Text);
        Write("b.yaml", TinyRecipe.Text.Replace("name: tiny", "name: other", StringComparison.Ordinal));
        CommandResult result = CommandLine.Run(_folder, "run", "a.yaml", "b.yaml", "--out", "both", "--seeds", "5,6");
        Assert.True(result.Code == 0, result.Error);
        string[] lines = result.Output.TrimEnd().Split('\n');
        Assert.Equal(7, lines.Length);
        Assert.Matches("^run +outcome +model +split +accuracy +nll +ece +seeds +time$", lines[0]);
        Assert.Matches(@"^tiny +done +teacher +test +0\.\d{4} ± 0\.\d{4} ", lines[1]);
        Assert.Matches("^other +done +student-distilled +test ", lines[6]);
        Assert.True(File.Exists(Path.Combine(_folder, "both", "tiny", "summary.json")));
        Assert.True(Directory.Exists(Path.Combine(_folder, "both", "other", "seed-6")));
    }

    [Fact]
    public void A_broken_recipe_among_them_keeps_all_from_running()
    {
        Write("a.yaml", TinyRecipe.Text);
        Write("b.yaml", TinyRecipe.Text.Replace("name: tiny", "name: other", StringComparison.Ordinal)
            .Replace("epochs: 3", "epocs: 3", StringComparison.Ordinal));
        Write("c.yaml", TinyRecipe.Text.Replace("name: tiny", "name: third", StringComparison.Ordinal)
            .Replace("classes: 36 }\ndefaults", "classes: 10 }\ndefaults", StringComparison.Ordinal));
        CommandResult result = CommandLine.Run(_folder, "run", "a.yaml", "b.yaml", "c.yaml", "gone.yaml");
        Assert.Equal(2, result.Code);
        Assert.Contains("nearest: epochs", result.Error, StringComparison.Ordinal);
        Assert.Contains("gives 10 classes", result.Error, StringComparison.Ordinal);
        Assert.Contains("there is no file 'gone.yaml'", result.Error, StringComparison.Ordinal);
        Assert.Contains("nothing was run", result.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(_folder, "runs")));
    }

    [Fact]
    public void One_that_fails_does_not_stop_the_others_and_its_code_is_the_call_s()
    {
        Write("bad.yaml", TinyRecipe.Text.Replace("name: tiny", "name: bad", StringComparison.Ordinal)
            .Replace("lr: 0.05", "lr: 1e30", StringComparison.Ordinal));
        Write("good.yaml", TinyRecipe.Text);
        CommandResult result = CommandLine.Run(_folder, "run", "bad.yaml", "good.yaml");
        Assert.Equal(1, result.Code);
        Assert.Contains("diverged", result.Error, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^bad +failed +–", result.Output);
        Assert.Matches(@"(?m)^tiny +done +student-distilled ", result.Output);
    }

    [Fact]
    public void Side_by_side_each_has_its_share_of_threads_in_its_recipe()
    {
        string text = TinyRecipe.Text.Replace("threads: 1\n", string.Empty, StringComparison.Ordinal);
        Write("a.yaml", text);
        Write("b.yaml", text);
        CommandResult result = CommandLine.Run(_folder, "run", "a.yaml", "b.yaml", "--jobs", "2", "--set", "data.train=360");
        Assert.True(result.Code == 0, result.Error);
        string share = $"threads: {Math.Max(1, Environment.ProcessorCount / Math.Min(2, Environment.ProcessorCount))}";
        foreach (string name in (string[])["tiny-a", "tiny-b"])
        {
            string recipe = File.ReadAllText(Path.Combine(_folder, "runs", name, "recipe.yaml"));
            Assert.Contains("train: 360", recipe, StringComparison.Ordinal);
            if (Environment.ProcessorCount > 1)
                Assert.Contains(share, recipe, StringComparison.Ordinal);
            Assert.Contains($"[{name}] ", result.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_same_recipe_twice_has_no_folder_to_go_to()
    {
        Write("a.yaml", TinyRecipe.Text);
        CommandResult result = CommandLine.Run(_folder, "run", "a.yaml", "a.yaml");
        Assert.Equal(2, result.Code);
        Assert.Contains("'tiny-a'", result.Error, StringComparison.Ordinal);
        Assert.Equal(2, CommandLine.Run(_folder, "run", "a.yaml", "--jobs", "0").Code);
    }

    [Theory]
    [InlineData("-INT")]
    [InlineData("-TERM")]
    public void A_signal_stops_all_and_their_states_are_saved(string signal)
    {
        string text = TinyRecipe.Text.Replace("epochs: 3", "epochs: 400", StringComparison.Ordinal);
        Write("a.yaml", text);
        Write("b.yaml", text);
        Write("c.yaml", text);
        using Process process = CommandLine.Start(_folder, "run", "a.yaml", "b.yaml", "c.yaml", "--jobs", "2");
        using var first = new ManualResetEventSlim();
        using var second = new ManualResetEventSlim();
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, e) =>
        {
            if (e.Data?.Contains("[tiny-a]   [1/4] teacher (seed 3) epoch", StringComparison.Ordinal) == true)
                first.Set();
            if (e.Data?.Contains("[tiny-b]   [1/4] teacher (seed 3) epoch", StringComparison.Ordinal) == true)
                second.Set();
        };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        Assert.True(first.Wait(TimeSpan.FromMinutes(1)), "the first recipe reported no step.");
        if (Environment.ProcessorCount > 1)
            Assert.True(second.Wait(TimeSpan.FromMinutes(1)), "the second recipe reported no step.");
        Process.Start("kill", [signal, process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)])!.WaitForExit();
        Assert.True(process.WaitForExit(TimeSpan.FromMinutes(1)), "the runs did not stop.");
        Assert.Equal(130, process.ExitCode);
        Assert.True(File.Exists(Path.Combine(_folder, "runs", "tiny-a", "seed-3", "teacher", "checkpoint.safetensors")));
        Assert.False(Directory.Exists(Path.Combine(_folder, "runs", "tiny-c")));
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_folder, name), text);
}
