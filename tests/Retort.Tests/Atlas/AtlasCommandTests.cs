using System.Text.Json;
using Retort.Tests.Cli;

namespace Retort.Tests.Atlas;

public sealed class AtlasCommandTests
{
    private static readonly string[] Keys =
        ["slug", "title", "family", "claim", "holds", "mean", "baseline", "spread", "seeds", "wall_s", "commit", "date"];

    [Fact]
    public void An_entry_is_measured_listed_and_found_not_stale()
    {
        using var atlas = new SampleAtlas();
        Assert.Equal(0, atlas.Run("--json").Code);
        Assert.Equal(JsonValueKind.Null, Single(atlas.Run("--json")).GetProperty("holds").ValueKind);

        CommandResult run = atlas.Run("run", "kd", "--quiet");
        Assert.True(run.Code == 0, run.Error);
        Assert.Contains("kd: holds (1 seeds", run.Output, StringComparison.Ordinal);

        JsonElement row = Single(atlas.Run("--json"));
        Assert.Equal(Keys, row.EnumerateObject().Select(p => p.Name));
        Assert.True(row.GetProperty("holds").GetBoolean());
        Assert.Equal(1, row.GetProperty("seeds").GetInt32());
        Assert.InRange(row.GetProperty("mean").GetDouble(), 0.01, 1);
        Assert.Equal(JsonValueKind.Null, row.GetProperty("spread").ValueKind);

        CommandResult again = atlas.Run("run", "--stale");
        Assert.Equal((0, string.Empty), (again.Code, again.Output));
    }

    [Fact]
    public void Other_seeds_are_shown_and_not_kept()
    {
        using var atlas = new SampleAtlas();
        CommandResult run = atlas.Run("run", "kd", "--seeds", "8,9", "--quiet");
        Assert.Contains("(2 seeds", run.Output, StringComparison.Ordinal);
        Assert.False(File.Exists(atlas.In("atlas/kd/result.json")));
    }

    [Fact]
    public void A_search_looks_at_validation_data_with_seeds_of_its_own()
    {
        using var atlas = new SampleAtlas();
        CommandResult search = atlas.Run("search", "kd", "--quiet");
        Assert.True(search.Code == 0, search.Error);
        JsonElement found = Single(File.ReadAllText(atlas.In("atlas/kd/search.json")));
        Assert.Equal(["2", "4"], found.GetProperty("accuracy").EnumerateObject().Select(p => p.Name));
        Assert.Equal(7, found.GetProperty("seeds")[0].GetInt64());
        string summary = File.ReadAllText(atlas.In("runs/atlas/kd-search/summary.json"));
        Assert.Contains("\"validation\"", summary, StringComparison.Ordinal);
        Assert.DoesNotContain("\"test\"", summary, StringComparison.Ordinal);
    }

    [Fact]
    public void A_broken_entry_is_named_and_hides_no_other()
    {
        using var atlas = new SampleAtlas();
        Directory.CreateDirectory(atlas.In("atlas/at"));
        File.WriteAllText(atlas.In("atlas/at/claim.yaml"), SampleAtlas.Claim.Replace("by: -1", "bye: -1", StringComparison.Ordinal));
        File.Copy(atlas.In("atlas/kd/recipe.yaml"), atlas.In("atlas/at/recipe.yaml"));
        CommandResult list = atlas.Run("--json");
        Assert.Equal(2, list.Code);
        Assert.Contains("at/claim.yaml:6", list.Error, StringComparison.Ordinal);
        Assert.Equal("kd", Single(list).GetProperty("slug").GetString());
    }

    [Theory]
    [InlineData("nearest: kd", "run", "kdd")]
    [InlineData("not several", "run", "kd", "--all")]
    [InlineData("There are: kd", "run")]
    [InlineData("--seeds", "run", "kd", "--seeds", "x")]
    [InlineData("--data-root", "run", "kd", "--data-root", "nowhere")]
    [InlineData("no file 'none.md'", "--markdown", "none.md")]
    public void What_cannot_be_done_is_explained(string said, params string[] arguments)
    {
        using var atlas = new SampleAtlas();
        CommandResult result = atlas.Run(arguments);
        Assert.Equal(2, result.Code);
        Assert.Contains(said, result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_table_goes_into_the_place_that_a_page_has_for_it()
    {
        using var atlas = new SampleAtlas();
        const string Begin = "<!-- atlas: written by `retort atlas --markdown FILE` -->";
        File.WriteAllText(atlas.In("page.md"), $"before\n{Begin}\nstale text\n<!-- /atlas -->\nafter\n");
        Assert.Equal(0, atlas.Run("--markdown", "page.md").Code);
        string page = File.ReadAllText(atlas.In("page.md"));
        Assert.StartsWith("before\n", page, StringComparison.Ordinal);
        Assert.EndsWith("<!-- /atlas -->\nafter\n", page, StringComparison.Ordinal);
        Assert.Contains("| `kd` Knowledge distillation | logit |", page, StringComparison.Ordinal);
        Assert.DoesNotContain("stale text", page, StringComparison.Ordinal);
    }

    private static JsonElement Single(CommandResult result) => Single(result.Output);

    private static JsonElement Single(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return Assert.Single(document.RootElement.EnumerateArray().ToArray()).Clone();
    }
}
