using System.ComponentModel.DataAnnotations;
using Retort.Models;
using Retort.Recipes;
using Retort.Registry;
using Retort.Torch.Nn;

namespace Retort.Tests.Recipes;

public sealed class RecipeTests
{
    private const string Text = """
        recipe: 1
        name: small
        seeds: 0..2
        device: cuda:0
        defaults: { test-work: { effort: 3 } }
        roles: { student: { model: test-net } }
        stages:
          - test-work: { name: first }
          - test-work
        """;

    [Fact]
    public void A_recipe_binds_with_its_defaults()
    {
        Recipe recipe = Bind(Text).Require();
        Assert.Equal([3, 3], recipe.Stages.Cast<WorkOptions>().Select(stage => stage.Effort));
        Assert.Equal(["first", "test-work"], recipe.Stages.Select(stage => Recipe.NameOf(stage, Registry())));
        Assert.Equal(("cuda:0", 3), (recipe.Device, recipe.Seeds.Count));
    }

    [Theory]
    [InlineData("recipe: 1", "recipe: 2", "R1300")]
    [InlineData("recipe: 1\n", "", "R1202")]
    [InlineData("recipe: 1", "recipe: one", "R1201")]
    [InlineData("name: small", "name: Small Things", "R1209")]
    [InlineData("device: cuda:0", "device: cuda:x", "R1209")]
    [InlineData("device: cuda:0", "threads: 0", "R1205")]
    [InlineData("name: first", "name: test-work", "R1301")]
    [InlineData("{ student:", "{ stu dent:", "R1209")]
    [InlineData("{ effort: 3 }", "3", "R1201")]
    [InlineData("{ test-work: { effort: 3 } }", "[]", "R1201")]
    [InlineData("effort: 3", "effort: 30", "R1205")]
    public void A_wrong_recipe_is_refused(string right, string wrong, string code)
    {
        int at = Text.IndexOf(right, StringComparison.Ordinal);
        string text = string.Concat(Text.AsSpan(0, at), wrong, Text.AsSpan(at + right.Length));
        var error = Assert.Throws<RecipeException>(() => Bind(text).ThrowIfWrong());
        Assert.Equal(code, Assert.Single(error.Diagnostics).Code.Id);
    }

    [Fact]
    public void A_long_list_of_stages_cannot_multiply_its_defaults_without_limit()
    {
        string text = $"recipe: 1\nname: a\ndefaults: {{ test-work: {{ x: [{string.Join(",", Enumerable.Repeat("1", 20_000))}] }} }}\nstages: "
            + $"[{string.Join(",", Enumerable.Repeat("test-work", 20_000))}]";
        Assert.Equal("R1003", Assert.Throws<RecipeException>(() => Bind(text)).Diagnostics[^1].Code.Id);
    }

    private static ComponentRegistry Registry()
    {
        ComponentRegistry.DeclareKind(typeof(ModelOptions), new KindAttribute("model") { Tag = "model" });
        var registry = new ComponentRegistry();
        registry.AddType(typeof(WorkOptions));
        registry.AddType(typeof(NetOptions));
        return registry;
    }

    private static Binding<Recipe> Bind(string text) => Recipe.Bind(RecipeDocument.Parse(text), Registry());

    [Named("test-work")]
    public sealed record WorkOptions : StageOptions
    {
        [Range(1, 10)]
        public int Effort { get; init; } = 1;
    }

    [Named("test-net")]
    public sealed record NetOptions : ModelOptions
    {
        protected override Module Create() => new Linear(InChannels, Classes);
    }
}
