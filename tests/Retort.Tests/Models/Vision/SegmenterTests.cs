using Retort.Models;
using Retort.Models.Vision;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Tests.Models.Vision;

[Collection("default generator")]
public sealed class SegmenterTests
{
    private static readonly SegmenterOptions Small = new() { Width = 3, Classes = 5 };

    [Theory]
    [InlineData(4, 4)]
    [InlineData(13, 18)]
    public void Each_pixel_gets_a_score_for_each_class_and_every_parameter_learns(long height, long width)
    {
        using var scope = new TensorScope();
        using Module model = Small.Build();
        Tensor scores = model.Call(Tensor.Rand(new Generator(1), 2, 3, height, width));
        Assert.Equal([2, 5, height, width], scores.Shape);
        scores.Square().Mean().Backward();
        Assert.All(model.NamedParameters(), p => Assert.True(p.Value.Value.Grad is not null, p.Key));
    }

    [Fact]
    public void Taps_lead_from_the_stages_to_the_class_map_at_half_the_size()
    {
        using var scope = new TensorScope();
        using Module model = Small.Build();
        var features = (IHasFeatures)model;
        var seen = new List<string>();
        Tensor? map = null;
        foreach (string stage in features.Stages)
        {
            model.Find(stage).OnOutput(_ =>
            {
                seen.Add(stage);
                return null;
            });
        }

        model.Find(features.Head).OnOutput(output =>
        {
            map = output;
            return null;
        });
        Tensor scores = model.Call(Tensor.Rand(new Generator(1), 2, 3, 12, 16));
        Assert.Equal(features.Stages, seen);
        Assert.Equal([2L, 5, 6, 8], map!.Shape);
        Assert.True(scores.Allclose(map.UpsampleBilinear2d([12, 16], alignCorners: false)));
    }

    [Fact]
    public void Blank_channels_are_zeros_where_the_input_lacks_them()
    {
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        using Module model = (Small with { BlankChannels = 1 }).Build();
        model.Eval();
        Tensor input = Tensor.Rand(new Generator(1), 2, 3, 8, 8), zeros = Tensor.Zeros(2, 1, 8, 8);
        Assert.True(model.Call(input).Allclose(model.Call(Ops.Cat([input, zeros], 1))));
        Assert.False(model.Call(input).Allclose(model.Call(Ops.Cat([input, zeros + 1], 1))));
    }
}
