using System.Text.Json;
using System.Text.RegularExpressions;
using Retort.Recipes;
using Retort.Runs;
using Retort.Runs.Explain;
using Retort.Tests.Cli;
using Retort.Tests.Runs.Checks;

namespace Retort.Tests.Runs.Explain;

public sealed partial class RecipeExplainerTests
{
    // Times and the machine's memory are masked. The sizes are worked by hand, the teacher's for instance: 54 + 648 + 2,592 weights of
    // convolutions, 84 of batch-norms and 900 of the head are 4,278; the regressor's 4 · 12 weights, 12 biases and 24 of its
    // batch-norm are 84.
    private const string Expected =
        """
        tiny: 1 seed (3), cpu, 1 thread, into runs/tiny/
        data glyphs: 720 training samples [1, 28, 28], 36 classes

        roles
          teacher: small-cnn, 4,278 parameters (17.1 KiB), 84,672 multiply-adds a sample, gives [N, 36]
            last-feature  flatten; last-stage layer3
            modules       layer1, layer1.0, layer1.1, layer1.2, layer2, layer2.0, layer2.1, layer2.2, layer3,
                          layer3.0, layer3.1, layer3.2, avgpool, flatten, fc
          student: small-cnn, 730 parameters (2.98 KiB), 11,952 multiply-adds a sample, gives [N, 36]
            last-feature  flatten; last-stage layer3
            modules       layer1, layer1.0, layer1.1, layer1.2, layer2, layer2.0, layer2.1, layer2.2, layer3,
                          layer3.0, layer3.1, layer3.2, avgpool, flatten, fc

        stages
          teacher (train, once)
            reads   no files of the run
            writes  seed-N/teacher/checkpoint.safetensors, seed-N/teacher/model.safetensors, seed-N/teacher/done.json
            trains  teacher: 4,278 parameters
            term    cross-entropy, weight 1
            steps   45 a seed: batches of 48, 15 an epoch
            time    about TIME a seed, TIME a step (some steps measured)
            memory  about 1.39 MiB of MEMORY: student 33.8 KiB, optimizer 16.7 KiB, teachers 0 bytes, batch 1.34 MiB

          student-baseline (train, once)
            reads   no files of the run
            writes  seed-N/student-baseline/checkpoint.safetensors, seed-N/student-baseline/model.safetensors,
                    seed-N/student-baseline/done.json
            trains  student: 730 parameters
            term    cross-entropy, weight 1
            steps   45 a seed: batches of 48, 15 an epoch
            time    about TIME a seed, TIME a step (some steps measured)
            memory  about 568 KiB of MEMORY: student 5.84 KiB, optimizer 2.85 KiB, teachers 0 bytes, batch 560 KiB

          student-distilled (train, once)
            reads   seed-N/teacher/model.safetensors
            writes  seed-N/student-distilled/checkpoint.safetensors, seed-N/student-distilled/model.safetensors,
                    seed-N/student-distilled/done.json
            trains  student: 730 parameters and 84 of its terms' own parts, thrown away afterwards
            asks    teacher, at each step
            term    cross-entropy, weight 0.1
            term    fitnets, weight auto (1 of the task loss at step 0), 84 parameters of its own
                      student layer2 [N, 4, 7, 7]
                      teacher layer2 [N, 12, 7, 7]
            steps   45 a seed: batches of 48, 15 an epoch
            time    about TIME a seed, TIME a step (some steps measured)
            memory  about 1.02 MiB of MEMORY: student 5.84 KiB, optimizer 2.85 KiB, teachers 34.1 KiB, batch 0.98 MiB

          compare (compare, once)
            reads   seed-N/teacher/model.safetensors, seed-N/student-baseline/model.safetensors,
                    seed-N/student-distilled/model.safetensors
            writes  seed-N/compare/predictions-teacher.safetensors,
                    seed-N/compare/predictions-student-baseline.safetensors,
                    seed-N/compare/predictions-student-distilled.safetensors, seed-N/compare/done.json

        training takes about TIME over all seeds, evaluation left out.
        Times: the median of a few steps on this machine, after one to warm up. Memory: a rule, which counts weights,
        gradients, the optimizer's state and what modules give for a batch; kernels' workspaces and the data come on top.
        """;

    private static string Recipe => CheckedRecipe.Changed(
        "{ kd: { weight: 0.9, temperature: 4 } }", "{ fitnets: { weight: auto, student_tap: layer2, teacher_tap: layer2 } }")
        .Replace("model: mlp, hidden: [16], drop_rate: 0.1, in_channels: 1, image_size: 28", "model: small-cnn, width: 2, in_channels: 1", StringComparison.Ordinal)
        .Replace("role: teacher, criteria", "role: teacher, once: true, criteria", StringComparison.Ordinal);

    // A rank of 1 has a number for each row and each column: (2 + 9) + (4 + 18) + (8 + 36) + (36 + 8).
    [Fact]
    public void What_trains_in_the_place_of_weights_is_counted()
    {
        string recipe = Recipe.Replace("name: student-baseline,", "name: student-baseline, weights: { lora: { rank: 1 } },", StringComparison.Ordinal);
        string text = ExplanationText.Write(RecipeExplainer.Explain(RecipeDocument.Parse(recipe), RetortCatalog.Default));
        Assert.Contains("trains  student: 121 parameters of weights made by 'lora'\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_plan_is_told_with_files_shapes_and_costs()
    {
        string text = ExplanationText.Write(RecipeExplainer.Explain(RecipeDocument.Parse(Recipe), RetortCatalog.Default));
        text = Times().Replace(text, "TIME");
        text = Machine().Replace(text, "of MEMORY");
        text = Steps().Replace(text, "(some steps measured)").TrimEnd();
        Assert.Equal(Expected.ReplaceLineEndings("\n"), text.Replace("weights, gradients", "weights,\ngradients", StringComparison.Ordinal));
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
