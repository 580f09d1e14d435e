using Retort.Recipes;

namespace Retort.Tests.Recipes;

public sealed class OverrideTests
{
    [Fact]
    public void Values_are_set_by_key_index_name_and_slug()
    {
        Fakes.FakeRecipe recipe = Fakes.Bind(Fakes.Text, "data.batch_size=32", "stages.0.train.epochs=3", "stages.student-baseline.epochs=4",
            "stages.student-distilled.train.epochs=5", "stages.student-distilled.criteria.sp.weight=7",
            "stages.student-distilled.criteria.cross-entropy.weight={ linear: { to: 0.5 } }", "stages.compare.split=validation", "seeds=0..4",
            "roles.extra={model: cifar-resnet20, classes: 3}").Require();
        Fakes.Train[] trains = [.. recipe.Stages.OfType<Fakes.Train>()];
        Assert.Equal(32, recipe.Data!.BatchSize);
        Assert.Equal([3, 4, 5], trains.Select(train => train.Epochs));
        Assert.Equal(7, trains[2].Criteria[1].Weight.At(default));
        Assert.Equal(Schedule.Linear(1, 0.5), trains[2].Criteria[0].Weight);
        Assert.Equal("validation", ((Fakes.Compare)recipe.Stages[3]).Split);
        Assert.Equal(5, recipe.Seeds.Count);
        Assert.Equal(3, ((Fakes.ResNet)recipe.Roles["extra"].Model).Classes);
    }

    [Fact]
    public void A_choice_that_is_overridden_pushes_the_former_one_out()
    {
        Fakes.FakeRecipe recipe = Fakes.Bind(Fakes.Text, "stages.teacher.optimizer.adam.lr=0.5", "data.dataset=fake-glyphs", "data.noise=0.25",
            "stages.student-baseline.criteria.cross-entropy.weight=2").Require();
        Assert.Equal(0.5, Assert.IsType<Fakes.Adam>(((Fakes.Train)recipe.Stages[0]).Optimizer).Lr);
        Assert.Equal(0.9, Assert.IsType<Fakes.Sgd>(((Fakes.Train)recipe.Stages[1]).Optimizer).Momentum);
        Assert.Equal(0.25, Assert.IsType<Fakes.Glyphs>(recipe.Data!.Dataset).Noise);
        Assert.Equal(128, recipe.Data.BatchSize);
        Assert.Equal(2, ((Fakes.Train)recipe.Stages[1]).Criteria[0].Weight.At(default));
    }

    [Fact]
    public void A_stage_s_own_choice_wins_over_its_defaults_and_merges_with_the_same()
    {
        string text = Fakes.Text.Replace("name: student-baseline,", "name: student-baseline, optimizer: adam,", StringComparison.Ordinal)
            .Replace("name: teacher,", "name: teacher, optimizer: { sgd: { lr: 1 } },", StringComparison.Ordinal)
            .Replace("name: student-distilled", "name: student-distilled\n      optimizer: { adam: { lr: 0.25 } }", StringComparison.Ordinal);
        Fakes.Train[] trains = [.. Fakes.Bind(text).Require().Stages.OfType<Fakes.Train>()];
        Assert.Equal(new Fakes.Sgd { Lr = 1, Momentum = 0.9, WeightDecay = 0.0005 }, trains[0].Optimizer);
        Assert.Equal(0.001, Assert.IsType<Fakes.Adam>(trains[1].Optimizer).Lr);
        Assert.Equal(0.25, Assert.IsType<Fakes.Adam>(trains[2].Optimizer).Lr);
    }

    [Fact]
    public void An_error_in_an_override_shows_the_argument()
    {
        var error = Assert.Throws<RecipeException>(Fakes.Bind(Fakes.Text, "data.bach_size=32").ThrowIfWrong);
        Assert.Equal("""
            --set data.bach_size=32: error R1204: 'data' (fashion-mnist) has no key 'bach_size'
                  | data.bach_size=32
                  |      ^^^^^^^^^ nearest: batch_size
                  expected one of: augment, batch_size, dataset, root

            1 error. Nothing was run.
            """, error.Message);
    }

    [Fact]
    public void A_wrong_value_in_an_override_is_underlined_behind_the_equals_sign()
    {
        Diagnostic error = Assert.Single(Fakes.Bind(Fakes.Text, "stages.0.train.epochs=many").Errors);
        Assert.Equal((23, 4), (error.Span!.Value.Column, error.Span.Value.Length));
        Assert.Equal("a whole number of at least 1 and at most 100000", error.Expected);
    }

    [Theory]
    [InlineData("epochs", "R1110")]
    [InlineData("=3", "R1110")]
    [InlineData("a..b=3", "R1110")]
    [InlineData("stages.9.train.epochs=3", "R1111")]
    [InlineData("stages.techer.epochs=3", "R1111")]
    [InlineData("stages.train.epochs=3", "R1111")]
    [InlineData("stages.0.epochs=3", "R1203")]
    [InlineData("name.deeper=3", "R1201")]
    [InlineData("name=[", "R1004")]
    public void Overrides_that_lead_nowhere_are_reported(string argument, string code) =>
        Assert.Equal(code, ErrorsOf(argument)[0].Code.Id);

    [Fact]
    public void An_empty_value_takes_an_optional_value_away() => Assert.Null(Fakes.Bind(Fakes.Text, "data=").Require().Data);

    private static IReadOnlyList<Diagnostic> ErrorsOf(string argument)
    {
        try
        {
            return Fakes.Bind(Fakes.Text, argument).Errors;
        }
        catch (RecipeException error)
        {
            return error.Diagnostics;
        }
    }

    [Fact]
    public void A_relative_path_in_an_override_starts_at_the_working_directory() =>
        Assert.Equal(Path.GetFullPath("elsewhere"),
            ((Fakes.FashionMnist)Fakes.Bind(Fakes.Text, "data.root=elsewhere").Require().Data!.Dataset).Root.FullPath);
}
