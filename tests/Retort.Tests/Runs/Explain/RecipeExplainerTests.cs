using System.Text.Json;
using System.Text.RegularExpressions;
using Retort.Recipes;
using Retort.Runs;
using Retort.Runs.Explain;
using Retort.Tests.Cli;
using Retort.Tests.Runs.Checks;
using Retort.Torch;

namespace Retort.Tests.Runs.Explain;

public sealed partial class RecipeExplainerTests
{
    // What times depend on the machine is masked; the rest is exact, and its sizes were worked by hand.
    private const string Expected =
        """
        empty
        """;

    private static string Recipe => CheckedRecipe.Changed(
        "{ kd: { weight: 0.9, temperature: 4 } }", "{ fitnets: { weight: auto, student_tap: layer2, teacher_tap: layer2 } }")
        .Replace("model: mlp, hidden: [16], drop_rate: 0.1, in_channels: 1, image_size: 28", "model: small-cnn, width: 2, in_channels: 1", StringComparison.Ordinal)
        .Replace("role: teacher, criteria", "role: teacher, once: true, criteria", StringComparison.Ordinal);

    [Fact]
    public void The_plan_is_told_with_files_shapes_and_costs()
    {
        string text = ExplanationText.Write(RecipeExplainer.Explain(RecipeDocument.Parse(Recipe), RetortCatalog.Default));
        text = Times().Replace(text, "TIME");
        text = Machine().Replace(text, "of MEMORY");
        Assert.Equal(Expected.ReplaceLineEndings("\n"), Steps().Replace(text, "(some steps measured)").TrimEnd());
    }

    [Fact]
    public void The_figures_are_those_of_the_networks()
    {
        RecipeExplanation found = RecipeExplainer.Explain(RecipeDocument.Parse(Recipe), RetortCatalog.Default);
        TrainingExplanation training = found.Stages[2].Training!;

        // 720 samples in batches of 48 for 3 epochs.
        Assert.Equal((15, 45L), (training.StepsPerEpoch, training.Steps));
        Assert.False(training.RemembersTeachers);
        Assert.Equal([1, 1, 1, 1], found.Stages.Select(s => s.Times));
        TermExplanation term = training.Terms[1];
        Assert.Equal("fitnets", term.Name);
        Assert.Equal([-1L, 4, 7, 7], term.Taps[0].Shape);
        Assert.Equal([-1L, 12, 7, 7], term.Taps[1].Shape);
        Assert.True(term.Parameters > 0);
        Assert.True(training.SecondsPerStep > 0);
        Assert.InRange(training.Seconds, training.SecondsPerStep * 44, training.SecondsPerStep * 46);
        Assert.Equal(found.Roles[1].Parameters, training.TrainedParameters);
    }

    [Fact]
    public void Remembered_teachers_are_asked_once_for_each_sample()
    {
        string text = TinyRecipe.Text.Replace(", augment: [{ random_crop: { padding: 2 } }]", string.Empty, StringComparison.Ordinal);
        Assert.True(RecipeExplainer.Explain(RecipeDocument.Parse(text), RetortCatalog.Default).Stages[2].Training!.RemembersTeachers);
    }

    [Fact]
    public void Explaining_leaves_nothing_behind()
    {
        RecipeExplainer.Explain(RecipeDocument.Parse(Recipe), RetortCatalog.Default);
        long before = Tensor.LiveCount;
        string folder = Path.GetFullPath(Path.Combine("runs", "tiny"));
        RecipeExplainer.Explain(RecipeDocument.Parse(Recipe), RetortCatalog.Default);
        Assert.Equal(before, Tensor.LiveCount);
        Assert.False(Directory.Exists(folder));
    }

    [Fact]
    public void The_json_has_every_module_under_snake_case_keys()
    {
        RecipeExplanation explanation = RecipeExplainer.Explain(RecipeDocument.Parse(Recipe), RetortCatalog.Default);
        using JsonDocument json = JsonDocument.Parse(ExplanationText.WriteJson(explanation));
        JsonElement role = json.RootElement.GetProperty("roles")[0];
        Assert.Contains("layer1.0", role.GetProperty("modules").EnumerateArray().Select(m => m.GetString()));
        Assert.Equal("flatten", role.GetProperty("last_feature").GetString());
        Assert.True(json.RootElement.GetProperty("stages")[2].GetProperty("training").GetProperty("memory").GetProperty("total").GetDouble() > 0);
    }

    [Fact]
    public void A_wrong_recipe_is_not_explained() => Assert.Throws<RecipeException>(() => RecipeExplainer.Explain(
        RecipeDocument.Parse(Recipe.Replace("student_tap: layer2", "student_tap: layer9", StringComparison.Ordinal)), RetortCatalog.Default));

    [GeneratedRegex(@"[0-9.]+ (ms|s|min|h)\b")]
    private static partial Regex Times();

    [GeneratedRegex(@"of [0-9.]+ [KMGT]iB")]
    private static partial Regex Machine();

    [GeneratedRegex(@"\([0-9]+ steps? measured\)")]
    private static partial Regex Steps();
}
