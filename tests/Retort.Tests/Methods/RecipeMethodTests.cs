using Retort.Evaluation;
using Retort.Recipes;
using Retort.Registry;
using Retort.Runs;
using Retort.Tests.Architecture;

namespace Retort.Tests.Methods;

/// <summary>Methods that are shown by a recipe of stages, and the average of models that one of them ends with.</summary>
public sealed class RecipeMethodTests
{
    public static TheoryData<string> Shown =>
        [.. MethodEntry.All(RetortCatalog.Default).Where(m => m.Recipe is not null).Select(m => m.Slug)];

    [Theory, MemberData(nameof(Shown))]
    public void A_method_s_recipe_is_there_and_says_what_it_shows(string slug)
    {
        MethodEntry method = MethodEntry.All(RetortCatalog.Default).Single(m => m.Slug == slug);
        string path = Path.Combine(Repository.Root, "recipes", method.Recipe!);
        string text = File.ReadAllText(path);
        Assert.Matches($@"(^|[^\w-]){slug}($|[^\w-])", text);
        using RecipePlan plan = Planned(path);
        Assert.True(plan.Recipe!.Stages.Count > 1);
        Assert.Contains(method.Paper, text, StringComparison.Ordinal);
        Assert.EndsWith(".", method.Summary, StringComparison.Ordinal);
        Assert.Contains(method.Remarks, r => r.StartsWith("Equation.", StringComparison.Ordinal));
        Assert.NotEmpty(method.Needs);
    }

    [Fact]
    public void Methods_that_are_recipes_are_listed_with_the_others()
    {
        string[] slugs = [.. MethodEntry.All(RetortCatalog.Default).Select(m => m.Slug)];
        Assert.Equal(slugs.Order(StringComparer.Ordinal), slugs);
        Assert.Contains("takd", slugs);
        Assert.Contains("ban", slugs);
    }

    [Fact]
    public void A_class_without_options_is_registered_only_with_a_recipe()
    {
        var registry = new ComponentRegistry();
        registry.AddType(typeof(Retort.Methods.Logits.TeacherAssistants));
        Assert.Equal([typeof(Retort.Methods.Logits.TeacherAssistants)], registry.Described);
        Assert.Empty(registry.Components);
        Assert.Throws<InvalidOperationException>(() => registry.AddType(typeof(Retort.Methods.Logits.TeacherAssistants)));
    }

    // By hand: softmaxes (¾, ¼) and (¼, ¾) average to ½; (¾, ¼) twice stays.
    [Fact]
    public void Several_models_together_say_the_mean_of_their_probabilities()
    {
        float third = MathF.Log(3);
        var first = new Predictions([third, 0, third, 0], [0, 1], 2);
        var second = new Predictions([5, 5 + third, third - 7, -7], [0, 1], 2);
        Predictions mean = Predictions.Average(first, second);
        float[] expected = [.. new[] { 0.5, 0.5, 0.75, 0.25 }.Select(p => (float)Math.Log(p))];
        for (int k = 0; k < expected.Length; k++)
            Assert.Equal(expected[k], mean.Logits[k], 1e-6f);
        Assert.Throws<ArgumentException>(() => Predictions.Average(first, second with { Labels = [1, 1] }));
    }

    [Theory]
    [InlineData("{ both: [a, c] }", "'both' averages 'c', which is not compared")]
    [InlineData("{ both: [a] }", "'both' has 1 members")]
    [InlineData("{ b: [a, b] }", "'b' is the name of a model too")]
    public void An_ensemble_that_cannot_be_made_is_a_problem_of_the_recipe(string ensembles, string message)
    {
        string text = $$"""
            recipe: 1
            name: x
            data: { dataset: glyphs }
            roles: { a: { model: small-cnn, in_channels: 1, classes: 36 }, b: { model: small-cnn, in_channels: 1, classes: 36 } }
            stages:
              - train: { name: a, role: a, criteria: [cross-entropy] }
              - train: { name: b, role: b, criteria: [cross-entropy] }
              - compare: { models: [a, b], ensembles: {{ensembles}} }
            """;
        Binding<Recipe> binding = Recipe.Bind(RecipeDocument.Parse(text), RetortCatalog.Default);
        Assert.Equal(message, Assert.Single(binding.Errors).Message);
    }

    private static RecipePlan Planned(string path)
    {
        (RecipePlan plan, Binding<Recipe> binding) = Runner.Check(RecipeDocument.Load(path), RetortCatalog.Default);
        binding.ThrowIfWrong();
        return plan;
    }
}
