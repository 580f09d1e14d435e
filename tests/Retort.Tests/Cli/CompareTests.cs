using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Retort.Tests.Comparison;

namespace Retort.Tests.Cli;

public sealed class CompareTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("retort-compare-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Each_method_trains_in_a_process_of_its_own_whose_memory_is_told()
    {
        string recipe = TinyRecipe.Write(_folder, TinyComparison.Text);
        CommandResult result = CommandLine.Run(
            _folder, "compare", recipe, "--methods", "kd,fsp", "--seeds", "2", "--out", "out", "--csv", "table.csv", "--json");
        Assert.True(result.Code == 0, result.Error);
        JsonNode json = JsonNode.Parse(result.Output)!;
        Assert.Equal([0, 1], json["seeds"]!.AsArray().Select(s => (int)s!));
        Assert.Equal(["kd", "student-baseline"], json["rows"]!.AsArray().Select(r => (string)r!["name"]!).Order());
        Assert.All(json["rows"]!.AsArray(), r => Assert.InRange((double)r!["peak_rss_bytes"]!, 5e7, 5e9));
        Assert.Equal("fsp", (string)json["absent"]![0]!["name"]!);
        Assert.Equal(
            File.ReadAllText(Path.Combine(_folder, "out", "league.csv")), File.ReadAllText(Path.Combine(_folder, "table.csv")));

        // A process that finds everything done measures nothing, so the memory of the first call stands.
        string[] lines = File.ReadAllLines(Path.Combine(_folder, "table.csv"));
        Assert.Equal(0, CommandLine.Run(
            _folder, "compare", recipe, "--methods", "kd,fsp", "--seeds", "2", "--out", "out", "--csv", "again.csv").Code);
        Assert.Equal(lines, File.ReadAllLines(Path.Combine(_folder, "again.csv")));
    }

    [Fact]
    public void Interrupted_it_says_130_and_the_same_command_goes_on()
    {
        string recipe = TinyRecipe.Write(
            _folder, TinyComparison.Text.Replace("epochs: 2", "epochs: 3000", StringComparison.Ordinal));
        using Process process = CommandLine.Start(_folder, "compare", recipe, "--methods", "kd", "--seeds", "1", "--out", "out");
        using var heard = new ManualResetEventSlim();
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, e) =>
        {
            if (e.Data?.Contains("teacher (seed 0) epoch", StringComparison.Ordinal) == true)
                heard.Set();
        };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        Assert.True(heard.Wait(TimeSpan.FromMinutes(1)), "no step was reported.");
        Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)])!.WaitForExit();
        Assert.True(process.WaitForExit(TimeSpan.FromMinutes(1)), "the comparison did not stop.");
        Assert.Equal(130, process.ExitCode);
        Assert.True(File.Exists(Path.Combine(_folder, "out", "run", "seed-0", "teacher", "checkpoint.safetensors")));
    }

    [Theory]
    [InlineData("nearest: dkd", "compare", "--methods", "dkdd")]
    [InlineData("nearest: weight", "compare", "--methods", "kd={wieght: 1}")]
    [InlineData("--seeds", "compare", "--methods", "kd", "--seeds", "many")]
    [InlineData("nearest: student-distilled", "compare", "--methods", "kd", "--stage", "student-distiled")]
    [InlineData("nearest: dkd", "compare", "--methods", "dkd", "--reference", "dkdd")]
    [InlineData("nowhere.json", "compare", "--methods", "kd", "--tuned", "nowhere.json")]
    [InlineData("auto", "compare", "--methods", "kd", "--weight", "light")]
    [InlineData("--budget is 0", "tune", "--methods", "kd", "--budget", "0")]
    [InlineData("halving", "tune", "--methods", "kd", "--strategy", "guess")]
    public void What_is_wrong_is_said_in_a_line_and_nothing_is_left(string said, string command, params string[] arguments)
    {
        string recipe = TinyRecipe.Write(_folder, TinyComparison.Text);
        CommandResult result = CommandLine.Run(_folder, [command, recipe, "--out", "out", .. arguments]);
        Assert.Equal(2, result.Code);
        Assert.Contains(said, result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(_folder, "out")));
    }

    [Fact]
    public void What_a_search_found_is_what_the_comparison_runs_with()
    {
        string recipe = TinyRecipe.Write(_folder, TinyComparison.Text);
        CommandResult tune = CommandLine.Run(_folder, "tune", recipe, "--methods", "sp", "--budget", "3", "--out", "search");
        Assert.True(tune.Code == 0, tune.Error);
        JsonNode found = JsonNode.Parse(File.ReadAllText(Path.Combine(_folder, "search", "tuned.json")))!["methods"]![1]!;
        CommandResult compare = CommandLine.Run(
            _folder, "compare", recipe, "--methods", "sp", "--seeds", "1", "--tuned", "search/tuned.json", "--out", "out",
            "--json");
        Assert.True(compare.Code == 0, compare.Error);
        JsonNode row = JsonNode.Parse(compare.Output)!["rows"]!.AsArray().Single(r => (string)r!["name"]! == "sp")!;
        string settings = (string)row["settings"]!;
        foreach ((string key, JsonNode? value) in found["settings"]!.AsObject())
            Assert.Contains($"{key}: {value}", settings, StringComparison.Ordinal);
    }
}
