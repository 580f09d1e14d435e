using Retort.Recipes;
using Retort.Runs;
using Retort.Tests.Architecture;

namespace Retort.Tests.Recipes;

public sealed class ShippedRecipesTests
{
    private static readonly JsonSchemaCheck Schema = JsonSchemaCheck.Of(RecipeSchema.Generate(RetortCatalog.Default));

    public static TheoryData<string> Files => [.. Directory.GetFiles(Folder, "*.yaml", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(Folder, f)).Order(StringComparer.Ordinal)];

    private static string Folder => Path.Combine(Repository.Root, "recipes");

    [Theory, MemberData(nameof(Files))]
    public void A_recipe_of_the_project_binds_and_conforms_to_the_schema(string file)
    {
        string path = Path.Combine(Repository.Root, "recipes", file);
        Recipe.Load(path, RetortCatalog.Default).ThrowIfWrong();
        Assert.True(Schema.Conforms(RecipeDocument.Load(path).Root));
    }

    [Theory, MemberData(nameof(Files))]
    public void Its_resolved_text_means_the_same(string file)
    {
        Binding<Recipe> binding = Recipe.Load(Path.Combine(Repository.Root, "recipes", file), RetortCatalog.Default);
        Binding<Recipe> again = Recipe.Bind(RecipeDocument.Parse(binding.ResolvedText), RetortCatalog.Default);
        Assert.Equal(CanonicalJson.Write(binding.Require(), RetortCatalog.Default), CanonicalJson.Write(again.Require(), RetortCatalog.Default));
    }

    [Theory, MemberData(nameof(Files))]
    public void Mutated_it_is_planned_or_refused_but_never_breaks(string file)
    {
        string original = File.ReadAllText(Path.Combine(Repository.Root, "recipes", file));
        var random = new Random(6);
        for (int i = 0; i < 60; i++)
        {
            string text = original;
            for (int change = random.Next(1, 4); change > 0; change--)
                text = MutationTests.Mutated(text, random);
            MutationTests.Check(() =>
            {
                (RecipePlan plan, Binding<Recipe> binding) = Runner.Check(RecipeDocument.Parse(text, file), RetortCatalog.Default);
                using (plan)
                    binding.ThrowIfWrong();
            }, $"number {i}:\n{text}");
        }
    }

    [Fact]
    public void The_manual_s_first_recipe_binds()
    {
        string manual = File.ReadAllText(Path.Combine(Repository.Root, "docs", "recipes.md"));
        string text = manual.Split("```yaml\n")[1].Split("```")[0];
        Recipe.Bind(RecipeDocument.Parse(text), RetortCatalog.Default).ThrowIfWrong();
    }
}
