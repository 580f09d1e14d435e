using Retort.Data;
using Retort.Recipes;
using Retort.Runs;
using Retort.Torch;

namespace Retort.Tests.Docs;

/// <summary>Samples of the guides that need files to run, so that they are compiled at least.</summary>
internal static class GuideSamples
{
    /// <summary>docs/bring-a-pytorch-teacher.md.</summary>
    public static Tensor ScriptedTeacher(Batch batch)
    {
        using ScriptModule teacher = ScriptModule.Load("teacher.pt");
        using ScriptModule fast = teacher.Freeze();          // weights as constants, batch-norms folded, oneDNN's layouts
        Tensor logits = fast.Call(batch.Input)[0];
        return logits;
    }

    /// <summary>docs/recipes.md.</summary>
    public static Recipe LoadRecipe()
    {
        RecipeDocument document = RecipeDocument.Load("recipe.yaml", overrides: ["seeds=0..4"]);
        Binding<Recipe> binding = Recipe.Bind(document, RetortCatalog.Default);
        Recipe recipe = binding.Require();          // throws RecipeException with everything that is wrong
        return recipe;
    }
}
