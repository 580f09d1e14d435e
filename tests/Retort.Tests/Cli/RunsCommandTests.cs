using System.Text.Json.Nodes;
using Retort.Tests.Runs.Index;

namespace Retort.Tests.Cli;

public sealed class RunsCommandTests : IDisposable
{
    private readonly RunFolders _runs = new();

    public void Dispose() => _runs.Dispose();

    [Fact]
    public void List_shows_every_run_whatever_its_state()
    {
        _runs.Finish("runs/good", minutes: 2);
        _runs.Finish("runs/sweep/older", minutes: 1);
        _runs.Begin("runs/stopped");
        _runs.Write("{", "runs/bad", "summary.json");
        string[] lines = Lines("runs", "list");
        Assert.Equal(5, lines.Length);
        Assert.StartsWith("run ", lines[0], StringComparison.Ordinal);
        Assert.Contains(lines, l => Has(l, "good", "done", "tiny", "1:01", "student test accuracy 0.6000 ± 0.1414 (2 seeds)"));
        Assert.Contains(lines, l => Has(l, "stopped", "unfinished"));
        Assert.Contains(lines, l => Has(l, "bad", "broken", "summary.json"));
        Assert.True(Array.FindIndex(lines, l => l.StartsWith("good", StringComparison.Ordinal))
            < Array.FindIndex(lines, l => l.StartsWith("sweep/older", StringComparison.Ordinal)));

        JsonArray json = JsonNode.Parse(string.Join('\n', Lines("runs", "list", "--json", "--metric", "nll")))!.AsArray();
        Assert.Equal(["good", "sweep/older"], json.Select(r => (string?)r!["run"]));
        Assert.Equal(0.4, (double)json[0]!["figures"]!.AsArray().Single(f => (string?)f!["name"] == "student"
            && (string?)f["metric"] == "nll")!["mean"]!, 1e-12);
    }

    [Fact]
    public void List_says_when_it_leaves_runs_out()
    {
        for (int k = 0; k < 4; k++)
            _runs.Finish($"runs/r{k}", minutes: k);
        string[] lines = Lines("runs", "list", "--limit", "2");
        Assert.Equal(4, lines.Length);
        Assert.Contains("the newest 2; --limit 0 shows all", lines[3], StringComparison.Ordinal);
        Assert.Equal(5, Lines("runs", "list", "--limit", "4").Length);
    }

    [Fact]
    public void Show_and_diff_and_best_tell_what_the_folders_hold()
    {
        _runs.Finish("runs/a", minutes: 1);
        _runs.Finish("runs/b", minutes: 2, student: [0.6, 0.8], threads: 1);
        string show = string.Join('\n', Lines("runs", "show", "a"));
        Assert.Contains("a: done, recipe tiny", show, StringComparison.Ordinal);
        Assert.Contains("student  test   accuracy  0.6000 ± 0.1414  0.5000 0.7000", show, StringComparison.Ordinal);
        Assert.Contains("teacher     0        12.5", show, StringComparison.Ordinal);
        Assert.Contains("libtorch   1.13.0", show, StringComparison.Ordinal);
        Assert.Contains("  name: tiny", show, StringComparison.Ordinal);

        // Both differences are 0.1, so the spread is that of rounding and p all but 0.
        string diff = string.Join('\n', Lines("runs", "diff", "a", "b"));
        Assert.Matches(@"student +test +accuracy +0\.6000 +0\.7000 +\+0\.1000 +<0\.0001 +2", diff);
        Assert.Contains("The recipes are the same.", diff, StringComparison.Ordinal);
        Assert.Matches(@"threads +2 +1", diff);

        string[] best = Lines("runs", "best", "--model", "student", "--metric", "nll");
        Assert.Matches(@"^1  b ", best[1]);
        Assert.Matches(@"^2  a ", best[2]);
    }

    [Fact]
    public void What_is_not_there_is_explained()
    {
        Assert.Contains("There are no runs in runs", string.Join('\n', Lines("runs", "list")), StringComparison.Ordinal);
        _runs.Finish("runs/quickstart");
        Refuses("nearest: quickstart", "runs", "show", "quickstrat");
        Refuses("nearest: accuracy", "runs", "best", "--metric", "acuracy");
        Refuses("no folder 'elsewhere'", "runs", "list", "--root", "elsewhere");
        Refuses("--limit is -1", "runs", "list", "--limit", "-1");
        Refuses("retort runs show --help", "runs", "show");
    }

    private static bool Has(string line, params string[] parts) =>
        Array.TrueForAll(parts, p => line.Contains(p, StringComparison.Ordinal));

    private string[] Lines(params string[] arguments)
    {
        CommandResult result = CommandLine.Run(_runs.Root, arguments);
        Assert.True(result.Code == 0, result.Error);
        return result.Output.TrimEnd().Split('\n');
    }

    private void Refuses(string said, params string[] arguments)
    {
        CommandResult result = CommandLine.Run(_runs.Root, arguments);
        Assert.Equal(2, result.Code);
        Assert.Contains(said, result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("fault of Retort's", result.Error, StringComparison.Ordinal);
    }
}
