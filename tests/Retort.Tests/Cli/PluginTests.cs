namespace Retort.Tests.Cli;

public sealed class PluginTests : IDisposable
{
    private static readonly string Plugin = Path.Combine(AppContext.BaseDirectory, "Retort.SamplePlugin.dll");
    private readonly string _folder = Directory.CreateTempSubdirectory("retort-plugin-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_run_uses_a_plug_in_s_method_and_data()
    {
        string recipe = TinyRecipe.Write(_folder, TinyRecipe.Text
            .Replace("dataset: glyphs, train: 720, test: 144", "dataset: stripes", StringComparison.Ordinal)
            .Replace("classes: 36", "classes: 28", StringComparison.Ordinal)
            .Replace("{ kd: { weight: 0.9, temperature: 4 } }", "{ mean-gap: { weight: 0.5 } }", StringComparison.Ordinal));
        CommandResult without = CommandLine.Run(_folder, "run", recipe, "--out", "run");
        Assert.Equal(2, without.Code);
        Assert.Contains("mean-gap", without.Error, StringComparison.Ordinal);

        Assert.Equal(0, CommandLine.Run(_folder, "check", recipe, "--plugin", Plugin).Code);
        CommandResult result = CommandLine.Run(_folder, "run", recipe, "--out", "run", "--plugin", Plugin);
        Assert.True(result.Code == 0, result.Error);
        string metrics = File.ReadAllText(Path.Combine(_folder, "run", "metrics.jsonl"));
        Assert.Contains("loss/mean-gap", metrics, StringComparison.Ordinal);

        CommandResult again = CommandLine.Run(_folder, "run", recipe, "--out", "run", "--plugin", Plugin);
        Assert.Equal(4, again.Error.Split("unchanged, used again").Length - 1);
    }

    [Fact]
    public void Listings_and_the_schema_have_what_a_plug_in_brings()
    {
        Assert.Contains("mean-gap", CommandLine.Run(_folder, "methods", "--plugin", Plugin).Output, StringComparison.Ordinal);
        Assert.DoesNotContain("mean-gap", CommandLine.Run(_folder, "methods").Output, StringComparison.Ordinal);
        string schema = CommandLine.Run(_folder, "schema", "--plugin", Plugin).Output;
        Assert.Contains("\"mean-gap\"", schema, StringComparison.Ordinal);
        Assert.Contains("\"stripes\"", schema, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_plug_in_is_named()
    {
        File.WriteAllText(Path.Combine(_folder, "text.dll"), "this is no assembly");
        Refuses("no .NET assembly", "text.dll");
        Refuses("nearest: text.dll", "txt.dll");
        Refuses("is a folder", _folder);
        Refuses("nothing that a recipe can name", Path.Combine(AppContext.BaseDirectory, "YamlDotNet.dll"));
    }

    private void Refuses(string said, string plugin)
    {
        CommandResult result = CommandLine.Run(_folder, "methods", "--plugin", plugin);
        Assert.Equal(2, result.Code);
        Assert.Contains(said, result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("fault of Retort's", result.Error, StringComparison.Ordinal);
    }
}
