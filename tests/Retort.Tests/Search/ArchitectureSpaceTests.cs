using Retort.Models;
using Retort.Models.Vision;
using Retort.Search;

namespace Retort.Tests.Search;

public sealed class ArchitectureSpaceTests
{
    private static readonly ModelOptions Start = new SmallCnnOptions { InChannels = 1, Classes = 4 };

    [Fact]
    public void Every_combination_is_one_architecture_and_the_rest_is_as_the_role_has_it()
    {
        ArchitectureSpace space = Read(("width", ["4", "8"]), ("depths.1", ["1", "2", "3"]))!;
        Assert.Equal(6, space.Size);
        SmallCnnOptions[] found = [.. Enumerable.Range(0, 6).Select(k => (SmallCnnOptions)space.Of(space.ChoiceOf(k)))];
        Assert.Equal([(4, 1), (8, 1), (4, 2), (8, 2), (4, 3), (8, 3)], found.Select(f => (f.Width, f.Depths[1])));
        Assert.All(found, f => Assert.Equal((1, 4, 1, 1), (f.InChannels, f.Classes, f.Depths[0], f.Depths[2])));
        Assert.Equal("""{"depths.1":2,"width":8}""", space.Describe([1, 1]).ToJsonString());
    }

    [Fact]
    public void Values_may_be_lists_and_words()
    {
        Assert.Equal([2, 2, 1], ((SmallCnnOptions)Read(("depths", ["[1, 1, 1]", "[2, 2, 1]"]))!.Of([1])).Depths);
        var written = new Dictionary<string, IReadOnlyList<string>> { ["norm"] = ["batch", "layer"] };
        ArchitectureSpace norms = ArchitectureSpace.Read(new ConvNetOptions(), written, (_, message, _) => Assert.Fail(message))!;
        Assert.Equal(ConvNetNorm.Layer, ((ConvNetOptions)norms.Of([1])).Norm);
    }

    [Theory]
    [InlineData("widht", "4", "the model has no option 'widht'")]
    [InlineData("depths.3", "1", "the model has no option 'depths.3'")]
    [InlineData("has_weights", "true", "the model has no option 'has_weights'")]
    [InlineData("width", "wide", "'width' cannot be wide: it is not of the option's type")]
    [InlineData("width", "1.5", "'width' cannot be 1.5: it is not of the option's type")]
    [InlineData("width", "8,8", "'width' has 1 different values of 2")]
    public void What_does_not_go_into_the_model_is_said(string key, string values, string expected)
    {
        var said = new List<string>();
        var written = new Dictionary<string, IReadOnlyList<string>> { [key] = values.Split(',') };
        Assert.Null(ArchitectureSpace.Read(Start, written, (_, message, _) => said.Add(message)));
        Assert.Equal([expected], said);
    }

    [Fact]
    public void Of_a_large_space_each_value_is_looked_at()
    {
        ArchitectureSpace space = Read(("width", ["4", "8", "12"]), ("depths.0", ["1", "2"]))!;
        Assert.Equal(6, space.ToCheck(6).Count());
        Assert.Equal([[0, 0], [1, 0], [0, 0], [0, 1], [0, 2]], space.ToCheck(5));
    }

    private static ArchitectureSpace? Read(params (string Key, string[] Values)[] options) => ArchitectureSpace.Read(
        Start, options.ToDictionary(o => o.Key, o => (IReadOnlyList<string>)o.Values), (_, message, _) => Assert.Fail(message));
}
