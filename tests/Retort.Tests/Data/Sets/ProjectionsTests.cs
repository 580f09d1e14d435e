using Retort.Data;
using Retort.Data.Sets;
using Retort.Models.Generative;
using Retort.Torch;

namespace Retort.Tests.Data.Sets;

[Collection("default generator")]
public sealed class ProjectionsTests
{
    // The set composes its pictures in plain loops, the model by operators: one is the other's reference.
    [Fact]
    public void A_scene_without_chance_is_what_splats_of_its_colours_show()
    {
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        Dataset data = new Projections { Blobs = 5, Angles = 7, Pixels = 9, Hue = 0, Haze = 0, Jitter = 0, Train = 60 }.Load("", "train");
        Batch batch = data.Gather([.. Enumerable.Range(0, data.Count)]);
        using var scene = (Splats)new SplatsOptions { Blobs = 5, Views = 7, Pixels = 9 }.Build();
        double[] colors = [.. Enumerable.Range(0, 15).Select(k => Math.Atanh(0.8 * Math.Cos(2 * Math.PI * (k / 3 / 5.0 - k % 3 / 3.0))))];
        scene.StateDict()["colors"].CopyInPlace(Tensor.From(colors, 1, 5, 3));
        Tensor shown = scene.Render(batch.Labels.ZerosLike(), batch.Labels);
        Assert.InRange((shown - batch.Input).Abs().Max().ToDouble(), 0, 1e-5);
        Assert.True(batch.Input.Abs().Max().ToDouble() > 0.3);
    }

    [Fact]
    public void Haze_makes_scenes_greyer_and_hue_makes_them_differ()
    {
        using var scope = new TensorScope();
        double Spread(Projections set) => All(set).Std(0).Mean().ToDouble();
        double Size(Projections set) => All(set).Abs().Mean().ToDouble();
        var still = new Projections { Angles = 1, Hue = 0, Haze = 0, Jitter = 0, Train = 400 };
        Assert.Equal(0, Spread(still), 1e-6);
        Assert.True(Spread(still with { Hue = 0.5 }) > 0.05);
        Assert.True(Size(still with { Haze = 0.5 }) < 0.8 * Size(still));
    }

    [Fact]
    public void Labels_are_views_seeds_are_other_scenes_and_a_split_that_is_not_there_is_named()
    {
        var set = new Projections { Train = 1200 };
        Dataset data = set.Load("", "train");
        Assert.Equal([3L, 16L], data.SampleShape);
        Assert.Equal(12, data.ClassNames.Count);
        Assert.All(Enumerable.Range(0, 12), v => Assert.InRange(data.Labels.Count(l => l == v), 60, 140));
        using var scope = new TensorScope();
        float[] First(Projections options, string split) => options.Load("", split).Gather([0]).Input.ToArray<float>();
        Assert.Equal(First(set, "train"), First(set, "train"));
        Assert.NotEqual(First(set, "train"), First(set, "test"));
        Assert.NotEqual(First(set, "train"), First(set with { Seed = 1 }, "train"));
        Assert.Contains(
            "there is no split 'half'", Assert.Throws<DataFormatException>(() => set.Load("", "half")).Message, StringComparison.Ordinal);
    }

    private static Tensor All(Projections set)
    {
        Dataset data = set.Load("", "train");
        return data.Gather([.. Enumerable.Range(0, data.Count)]).Input;
    }
}
