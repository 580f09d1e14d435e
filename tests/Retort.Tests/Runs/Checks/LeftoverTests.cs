using Retort.Recipes;
using Retort.Runs;
using Retort.Runs.Explain;
using Retort.Tests.Cli;
using Retort.Torch;

namespace Retort.Tests.Runs.Checks;

// Alone, because handles are counted for the whole process.
[Collection("default generator")]
public sealed class LeftoverTests
{
    [Fact]
    public void Checking_and_explaining_leave_no_tensors_and_no_files_behind()
    {
        Look();
        long before = Live();
        Look();
        Look();
        Assert.Equal(before, Live());
        Assert.False(Directory.Exists(Path.GetFullPath(Path.Combine("runs", "tiny"))));
    }

    private static void Look()
    {
        Assert.Empty(CheckedRecipe.Errors(TinyRecipe.Text));
        Assert.Equal("tiny", RecipeExplainer.Explain(RecipeDocument.Parse(TinyRecipe.Text), RetortCatalog.Default).Recipe);
    }

    private static long Live()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return Tensor.LiveCount;
    }
}
