using Retort.Export;
using Retort.Models;
using Retort.Recipes;
using Retort.Tests.Cli;
using Retort.Tests.Data;
using Retort.Torch;
using Retort.Torch.Nn;
using Retort.Torch.Serialization;

namespace Retort.Tests.Runs.Checks;

public sealed class FitCheckTests
{
    private const string Kd = "{ kd: { weight: 0.9, temperature: 4 } }";
    private const string Teacher = "teacher: { model: small-cnn, width: 6, in_channels: 1, classes: 36 }";
    private const string TeacherStage = "  - train: { name: teacher, role: teacher, criteria: [cross-entropy] }\n";

    [Fact]
    public void A_recipe_that_fits_has_no_errors() => Assert.Empty(CheckedRecipe.Errors(TinyRecipe.Text));

    [Fact]
    public void A_teacher_of_other_classes_is_refused_naming_both_sides_and_the_way_out()
    {
        using var folder = new TemporaryFolder();
        Diagnostic error = Assert.Single(CheckedRecipe.Errors(WithPretrained(folder, classes: 20), directory: folder.Path));
        Assert.Equal("R1302", error.Code.Id);
        Assert.Equal("'kd' compares 36 classes of student 'student' (mlp) with 20 of teacher 'teacher' (small-cnn)", error.Message);
        Assert.StartsWith("a teacher with the same 36 classes, or a method that compares features", error.Expected, StringComparison.Ordinal);
        Assert.Contains("retort methods kd", error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void A_method_that_compares_features_does_not_mind_other_classes()
    {
        using var folder = new TemporaryFolder();
        string text = WithPretrained(folder, classes: 20).Replace(Kd, "{ sp: { weight: 1 } }", StringComparison.Ordinal);
        Assert.Empty(CheckedRecipe.Errors(text, directory: folder.Path));
    }

    [Fact]
    public void Taps_that_do_not_fit_are_shown_with_their_shapes()
    {
        Diagnostic error = Assert.Single(CheckedRecipe.Errors(CheckedRecipe.Changed(Kd, "{ at: { student_taps: [hidden], teacher_taps: [layer3] } }")));
        Assert.StartsWith("'at' does not fit student 'student' (mlp) and teacher 'teacher' (small-cnn): ", error.Message, StringComparison.Ordinal);
        Assert.Equal("taps that fit each other; these are student hidden [N, 16], teacher layer3 [N, 24, 4, 4]", error.Expected);
    }

    [Fact]
    public void A_term_that_needs_what_the_data_lacks_is_refused()
    {
        Diagnostic error = Assert.Single(CheckedRecipe.Errors(CheckedRecipe.Changed(Kd, "makd")));
        Assert.Contains("the batch has no tensor 'aspects'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pretrained_teacher_that_cannot_take_the_data_is_named()
    {
        using var folder = new TemporaryFolder();
        Diagnostic error = Assert.Single(CheckedRecipe.Errors(WithPretrained(folder, channels: 3), directory: folder.Path));
        Assert.StartsWith("'teacher' (small-cnn) cannot take batches of [N, 1, 28, 28]: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Labels_in_another_order_are_refused_and_the_data_s_own_are_not()
    {
        using var folder = new TemporaryFolder();
        string text = WithPretrained(folder);
        string[] names = [.. new Retort.Data.Sets.GlyphSet { Train = 36, Test = 36 }.Load(string.Empty, "train").ClassNames];
        WriteConfiguration(folder, names);
        Assert.Empty(CheckedRecipe.Errors(text, directory: folder.Path));

        (names[3], names[7]) = (names[7], names[3]);
        WriteConfiguration(folder, names);
        Diagnostic error = Assert.Single(CheckedRecipe.Errors(text, directory: folder.Path));
        Assert.Equal($"teacher 'teacher' calls class 3 '{names[3]}', and the data calls it '{names[7]}'", error.Message);
        Assert.Contains("the same ones in another order", error.Expected, StringComparison.Ordinal);
    }

    [Fact]
    public void Somebody_else_s_config_json_says_nothing_about_labels()
    {
        using var folder = new TemporaryFolder();
        string text = WithPretrained(folder);
        folder.Write("config.json", "{ \"id2label\": { \"0\": \"cat\" } }");
        Assert.Empty(CheckedRecipe.Errors(text, directory: folder.Path));
    }

    private static string WithPretrained(TemporaryFolder folder, int classes = 36, int channels = 1)
    {
        using var scope = new TensorScope();
        using Module model = Options(classes, channels).Build();
        SafeTensors.Write(Path.Combine(folder.Path, "teacher.safetensors"), model.StateDict());
        return CheckedRecipe.Changed(Teacher,
                $"teacher: {{ model: small-cnn, width: 6, in_channels: {channels}, classes: {classes}, weights: teacher.safetensors }}")
            .Replace("\r", string.Empty, StringComparison.Ordinal).Replace(TeacherStage, string.Empty, StringComparison.Ordinal);
    }

    private static ModelOptions Options(int classes, int channels) =>
        (Retort.Models.Vision.SmallCnnOptions)ModelCatalog.Find("small-cnn")!.Defaults with { Width = 6, InChannels = channels, Classes = classes };

    private static void WriteConfiguration(TemporaryFolder folder, string[] labels) => folder.Write(
        "config.json",
        StudentConfiguration.Write(new StudentDescription
        {
            Name = "teacher",
            Model = "small-cnn",
            Options = Options(labels.Length, 1),
            InputShape = [1, 28, 28],
            Labels = labels,
        }));
}
