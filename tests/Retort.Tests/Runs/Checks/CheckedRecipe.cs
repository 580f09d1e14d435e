using Retort.Recipes;
using Retort.Runs;
using Retort.Tests.Cli;

namespace Retort.Tests.Runs.Checks;

/// <summary>Checks a recipe as a run does before its first step, and gives what is wrong.</summary>
internal static class CheckedRecipe
{
    public static IReadOnlyList<Diagnostic> Errors(string text, bool withData = true, string? directory = null)
    {
        RecipeDocument document = RecipeDocument.Parse(text, directory: directory);
        (RecipePlan plan, Binding<Recipe> binding) = Runner.Check(document, RetortCatalog.Default);
        using (plan)
        {
            if (withData && binding.Errors.Count == 0)
            {
                using var data = new DataProviders(binding.Value!.Data, RetortCatalog.Default);
                plan.RequireFit(data);
            }

            return binding.Errors;
        }
    }

    public static string Changed(string right, string wrong)
    {
        Assert.Contains(right, TinyRecipe.Text, StringComparison.Ordinal);
        return TinyRecipe.Text.Replace(right, wrong, StringComparison.Ordinal);
    }
}
