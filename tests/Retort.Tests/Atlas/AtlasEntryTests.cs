using Retort.Atlas;
using Retort.Recipes;
using Retort.Runs;

namespace Retort.Tests.Atlas;

public sealed class AtlasEntryTests
{
    [Theory]
    [InlineData("above: student-baseline/accuracy", "above: student-baselin/accuracy", "nearest: student-baseline/test/accuracy")]
    [InlineData("figure: teacher/accuracy", "figure: teacher/acuracy", "nearest: teacher/test/accuracy")]
    [InlineData("figure: teacher/accuracy", "figure: teacher/teacher_kl", "no result 'teacher/teacher_kl'")]
    [InlineData("at_least: 0.001 }", "at_least: 0.001, at_most: 1 }", "exactly one of: above, below, at_least, at_most")]
    [InlineData("at_least: 0.001 }", "at_least: 0.001, by: 1 }", "a margin stands beside")]
    [InlineData("stage: student-distilled,", "stage: student-distiled,", "nearest: student-distilled")]
    [InlineData("values: [2, 4]", "values: [2, 2]", "2 to 20 different values")]
    [InlineData("method: kd", "method: dk", "there is no method 'dk'")]
    [InlineData("atlas: 1", "atlas: 2", "atlas")]
    [InlineData("settings: Nothing was tuned.", "setings: Nothing was tuned.", "nearest: settings")]
    public void A_claim_that_is_wrong_is_explained_in_place(string right, string wrong, string said)
    {
        Assert.Contains(right, SampleAtlas.Claim, StringComparison.Ordinal);
        using var atlas = new SampleAtlas(SampleAtlas.Claim.Replace(right, wrong, StringComparison.Ordinal));
        var error = Assert.Throws<RecipeException>(() => Load(atlas));
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
        Assert.Matches(@"claim\.yaml:\d+:\d+: error R1\d\d\d", error.Message);
    }

    [Fact]
    public void A_recipe_that_is_wrong_is_explained_in_place()
    {
        using var atlas = new SampleAtlas(recipe: Cli.TinyRecipe.Text.Replace("kd: { weight", "kdd: { weight", StringComparison.Ordinal));
        var error = Assert.Throws<RecipeException>(() => Load(atlas));
        Assert.Matches(@"recipe\.yaml:\d+:\d+: error R1203", error.Message);
    }

    [Fact]
    public void An_entry_that_nobody_measured_claims_nothing()
    {
        using var atlas = new SampleAtlas();
        AtlasRow row = Load(atlas).Row();
        Assert.Equal(("kd", "Knowledge distillation", "logit"), (row.Slug, row.Title, row.Family));
        Assert.Null(row.Holds);
        Assert.Null(row.Mean);
    }

    [Fact]
    public void Whether_it_holds_is_decided_from_the_figures_and_not_from_what_the_file_says()
    {
        using var atlas = new SampleAtlas(SampleAtlas.Claim.Replace("by: -1", "by: 0.05", StringComparison.Ordinal));
        WriteResult(atlas, distilled: "[0.5, 0.6]", hash: Load(atlas).RecipeHash, holds: true);
        AtlasRow row = Load(atlas).Row();
        Assert.False(row.Holds);
        Assert.Equal(0.55, row.Mean!.Value, 1e-12);
        Assert.Equal(0.52, row.Baseline!.Value, 1e-12);
        Assert.Equal(2, row.Seeds);
    }

    [Fact]
    public void Another_recipe_makes_the_measurement_stale_and_other_words_do_not()
    {
        using var atlas = new SampleAtlas();
        WriteResult(atlas, distilled: "[0.5, 0.6]", hash: Load(atlas).RecipeHash, holds: true);
        string path = atlas.In("atlas/kd/recipe.yaml"), recipe = File.ReadAllText(path);
        File.WriteAllText(path, "# A comment.\n" + recipe.Replace("name: tiny", "name: small", StringComparison.Ordinal));
        Assert.False(Load(atlas).IsStale);
        File.WriteAllText(path, recipe.Replace("epochs: 3", "epochs: 4", StringComparison.Ordinal));
        Assert.True(Load(atlas).IsStale);
        Assert.Null(Load(atlas).Row().Holds);
    }

    [Theory]
    [InlineData("{", "result.json:1")]
    [InlineData("{ \"holds\": true }", "result.json")]
    [InlineData("null", "holds nothing")]
    public void A_result_that_cannot_be_read_is_named(string text, string said)
    {
        using var atlas = new SampleAtlas();
        File.WriteAllText(atlas.In("atlas/kd/result.json"), text);
        var error = Assert.Throws<RunException>(() => Load(atlas));
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
        Assert.True(error.IsInputWrong);
    }

    [Fact]
    public void A_result_whose_figures_lack_a_seed_is_refused()
    {
        using var atlas = new SampleAtlas();
        WriteResult(atlas, distilled: "[0.5]", hash: "0", holds: true);
        Assert.Contains("lacks figures", Assert.Throws<RunException>(() => Load(atlas)).Message, StringComparison.Ordinal);
    }

    private static AtlasEntry Load(SampleAtlas atlas) => new AtlasCatalog(atlas.Root).Load("kd", RetortCatalog.Default);

    private static void WriteResult(SampleAtlas atlas, string distilled, string hash, bool holds) =>
        File.WriteAllText(atlas.In("atlas/kd/result.json"),
            $$"""
            {
              "holds": {{(holds ? "true" : "false")}}, "checks": [], "seeds": [0, 1], "wall_s": 3, "date": "2026-01-02", "recipe": "{{hash}}",
              "figures": {
                "student-distilled/test/accuracy": {{distilled}},
                "student-baseline/test/accuracy": [0.5, 0.54],
                "teacher/test/accuracy": [0.9, 0.9]
              }
            }
            """);
}
