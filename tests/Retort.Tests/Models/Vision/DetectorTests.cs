using Retort.Models;
using Retort.Models.Vision;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Tests.Models.Vision;

[Collection("default generator")]
public sealed class DetectorTests
{
    private static readonly DetectorOptions Small = new() { Width = 3, Classes = 5, Bins = 6 };

    [Theory]
    [InlineData(8, 8)]
    [InlineData(12, 20)]
    public void Each_fourth_pixel_gets_scores_and_edges_and_every_parameter_learns(long height, long width)
    {
        using var scope = new TensorScope();
        using Module model = Small.Build();
        Tensor map = model.Call(Tensor.Rand(new Generator(1), 2, 3, height, width));
        Assert.Equal([2, 5 + (4 * 6), height / 4, width / 4], map.Shape);
        map.Square().Mean().Backward();
        Assert.All(model.NamedParameters(), p => Assert.True(p.Value.Value.Grad is not null, p.Key));
    }

    [Fact]
    public void Almost_everything_begins_as_background()
    {
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        using Module model = Small.Build();
        Tensor scores = model.Call(Tensor.Rand(new Generator(1), 4, 3, 16, 16)).Narrow(1, 0, 5).Sigmoid();
        Assert.InRange(scores.Mean().ToDouble(), 0.003, 0.03);
        Assert.Throws<ArgumentOutOfRangeException>(() => (Small with { Bins = 1 }).Build());
    }

    [Fact]
    public void Taps_lead_from_the_stages_to_the_map()
    {
        using var scope = new TensorScope();
        using Module model = Small.Build();
        var features = (IHasFeatures)model;
        var seen = new List<string>();
        foreach (string path in features.Stages.Append(features.Head))
        {
            model.Find(path).OnOutput(_ =>
            {
                seen.Add(path);
                return null;
            });
        }

        model.Call(Tensor.Rand(new Generator(1), 2, 3, 12, 16));
        Assert.Equal(["stem", "layer1", "layer2", "neck", "head"], seen);
        Assert.Contains("neck.1.0.weight", model.NamedParameters().Select(p => p.Key));
    }
}
