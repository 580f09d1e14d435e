using System.Text.Json;

namespace Retort.Tests.Cli;

public sealed class CheckTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("retort-check-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_plan_is_printed_for_people_and_for_programs()
    {
        string recipe = TinyRecipe.Write(_folder);
        CommandResult text = CommandLine.Run(_folder, "check", recipe, "--explain");
        Assert.True(text.Code == 0, text.Error);
        Assert.StartsWith("tiny: 1 seed (3), ", text.Output, StringComparison.Ordinal);
        Assert.EndsWith("come on top.\n", text.Output, StringComparison.Ordinal);

        CommandResult json = CommandLine.Run(_folder, "check", recipe, "--explain", "--json");
        using JsonDocument plan = JsonDocument.Parse(json.Output);
        Assert.Equal(4, plan.RootElement.GetProperty("stages").GetArrayLength());
        Assert.Single(Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public void Json_without_an_explanation_is_refused()
    {
        CommandResult result = CommandLine.Run(_folder, "check", TinyRecipe.Write(_folder), "--json");
        Assert.Equal((2, "error: --json goes with --explain.\n"), (result.Code, result.Error.ReplaceLineEndings("\n").TrimEnd('\n') + "\n"));
    }

    [Theory]
    [InlineData("check")]
    [InlineData("run")]
    public void A_network_larger_than_the_memory_is_refused_before_it_is_built(string command)
    {
        string recipe = TinyRecipe.Write(_folder, TinyRecipe.Text.Replace("width: 6", "width: 3000000", StringComparison.Ordinal));
        CommandResult result = CommandLine.Run(_folder, command, recipe);
        Assert.Equal(2, result.Code);
        Assert.Contains("error R1303: role 'teacher' (small-cnn) has 810,000,", result.Error, StringComparison.Ordinal);
        Assert.Contains("expected a smaller width than 3000000", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(_folder, "runs")));
    }

    [Fact]
    public void Pages_of_methods_are_written_and_foreign_folders_left_alone()
    {
        CommandResult written = CommandLine.Run(_folder, "methods", "--write", "pages");
        Assert.True(written.Code == 0, written.Error);
        Assert.StartsWith("# Knowledge distillation: `kd`", File.ReadAllText(Path.Combine(_folder, "pages", "kd.md")), StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(_folder, "pages", "mine.txt"), "mine");
        CommandResult refused = CommandLine.Run(_folder, "methods", "--write", "pages");
        Assert.Equal(2, refused.Code);
        Assert.Contains("mine.txt", refused.Error, StringComparison.Ordinal);
    }
}
