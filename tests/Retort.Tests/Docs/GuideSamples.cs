using Retort.Data;
using Retort.Distillation;
using Retort.Recipes;
using Retort.Reports;
using Retort.Runs;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Tests.Docs;

/// <summary>Samples of the guides that need files to run, so that they are compiled at least.</summary>
internal static class GuideSamples
{
    /// <summary>docs/bring-a-pytorch-teacher.md.</summary>
    public static Tensor ScriptedTeacher(Batch batch)
    {
        using Scripted network = Scripted.Load("teacher.pt");            // a module like any other; its sub-modules can be tapped
        using var teacher = new FrozenTeacher(new Role("teacher", network), taps: ["layer3"]);
        RoleSignals hints = teacher.Run(batch.Input);                    // hints.Logits, hints.Tap("layer3")
        return hints.Logits;
    }

    /// <summary>docs/recipes.md.</summary>
    public static Recipe LoadRecipe()
    {
        RecipeDocument document = RecipeDocument.Load("recipe.yaml", overrides: ["seeds=0..4"]);
        Binding<Recipe> binding = Recipe.Bind(document, RetortCatalog.Default);
        Recipe recipe = binding.Require();          // throws RecipeException with everything that is wrong
        return recipe;
    }

    /// <summary>docs/trackers.md.</summary>
    public static (RunSummary Summary, int Figures) TrackedRun(RecipeDocument document, IRunProgress progress)
    {
        var newest = new NewestFigures();
        RunSummary summary = Runner.Run(document, new RunOptions { Trackers = [newest] }, progress);
        return (summary, newest.Values.Count);
    }
}
