using Retort.Recipes;

namespace Retort.Tests.Recipes;

public sealed class DiagnosticTests
{
    [Fact]
    public void The_style_page_s_two_errors_read_to_the_letter()
    {
        string wrong = Fakes.Text.Replace(
            "- sp: { weight: 3000, student_tap: layer3, teacher_tap: layer3 }   # γ of the paper",
            "- sp: { weigth: 3000, student_tap: layer4, teacher_tap: layer3 }", StringComparison.Ordinal);
        Binding<Fakes.FakeRecipe> binding = Fakes.Bind(wrong);
        var train = Assert.IsType<Fakes.Train>(binding.Value!.Stages[2]);
        var sp = Assert.IsType<Fakes.SimilarityPreservingOptions>(train.Criteria[1]);
        string[] modules = ["conv1", "layer1", "layer2", "layer3", "fc"];
        binding.Report(RecipeCodes.NoSuchModule, sp, nameof(sp.StudentTap),
            $"role 'student' (cifar-resnet20) has no module '{sp.StudentTap}'",
            $"the path of a module, such as: {string.Join(", ", modules)}", nearest: Spelling.Nearest("layer4", modules.Reverse()));

        var error = Assert.Throws<RecipeException>(binding.ThrowIfWrong);
        Assert.Equal("""
            recipes/sp-fashion-mnist.yaml:28:17: error R1204: criterion 'sp' has no key 'weigth'
               28 |         - sp: { weigth: 3000, student_tap: layer4, teacher_tap: layer3 }
                  |                 ^^^^^^ nearest: weight
                  expected one of: student_tap, teacher_tap, weight

            recipes/sp-fashion-mnist.yaml:28:44: error R1310: role 'student' (cifar-resnet20) has no module 'layer4'
               28 |         - sp: { weigth: 3000, student_tap: layer4, teacher_tap: layer3 }
                  |                                            ^^^^^^ nearest: layer3
                  expected the path of a module, such as: conv1, layer1, layer2, layer3, fc

            2 errors. Nothing was run. `retort methods sp` describes the criterion.
            """, error.Message);
    }
}
