using Retort.Comparison;
using Retort.Distillation;
using Retort.Runs;

namespace Retort.Tests.Comparison;

public sealed class MethodChoiceTests
{
    [Fact]
    public void Commas_inside_of_options_belong_to_the_method()
    {
        IReadOnlyList<MethodChoice> found = Parse("kd, at={weight: 10, student_taps: [layer2, layer3]} ,dkd={}");
        Assert.Equal(["kd", "at", "dkd"], found.Select(m => m.Slug));
        Assert.Equal(["", "weight: 10, student_taps: [layer2, layer3]", ""], found.Select(m => m.Settings));
    }

    [Fact]
    public void A_method_named_twice_has_two_names()
    {
        Assert.Equal(["at", "at-2", "at-3"], Parse("at={weight: 1},at={weight: 2},at").Select(m => m.Name));
    }

    [Fact]
    public void All_stands_for_every_published_loss_once()
    {
        IReadOnlyList<MethodChoice> found = Parse("kd={weight: 2},all");
        Assert.Single(found, m => m.Slug == "kd");
        // Some are recipes of several stages, or choose data, and have no loss of their own.
        IEnumerable<string> losses = MethodEntry.All(RetortCatalog.Default).Select(m => m.Slug)
            .Intersect(RetortCatalog.Default.Of(typeof(CriterionOptions)).Select(c => c.Slug));
        Assert.Equal(losses.Order(), found.Select(m => m.Slug).Order());
    }

    [Theory]
    [InlineData("dkdd", "nearest: dkd")]
    [InlineData("cross-entropy", "baseline")]
    [InlineData("", "names no method")]
    [InlineData(" , ", "names no method")]
    [InlineData("kd=3", "is no mapping")]
    [InlineData("kd={weight: ", "cannot be read")]
    [InlineData("kd={weight: 1", "cannot be read")]
    public void A_list_that_is_wrong_is_explained(string list, string said)
    {
        RunException error = Assert.Throws<RunException>(() => Parse(list));
        Assert.True(error.IsInputWrong);
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
    }

    private static IReadOnlyList<MethodChoice> Parse(string list) => MethodChoice.Parse(list, RetortCatalog.Default);
}
