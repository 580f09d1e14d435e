using Retort.Data;
using Retort.Data.Sets;
using Retort.Evaluation.Tasks;
using Retort.Models.Generative;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Tests.Evaluation.Tasks;

[Collection("default generator")]
public sealed class SceneTaskTests
{
    private static readonly Projections Set = new() { Test = 2400 };

    [Fact]
    public void True_scenes_are_near_the_truth_as_diverse_and_as_coloured()
    {
        using Module scenes = Scenes([.. Enumerable.Range(0, 200).Select(_ => (double?)null)]);
        Dictionary<string, double> found = Measure(scenes);
        Assert.InRange(found["error"], 0.5 * found["floor"], 1.6 * found["floor"]);
        Assert.InRange(found["diversity"], 0.85, 1.15);
        Assert.InRange(found["saturation"], 0.9, 1.1);
    }

    [Fact]
    public void The_same_scene_twice_is_not_diverse_and_a_grey_one_has_no_colour()
    {
        using Module same = Scenes([0.8, 0.8]), grey = Scenes([0]);
        Dictionary<string, double> two = Measure(same), one = Measure(grey);
        Assert.Equal(0, two["diversity"], 1e-6);
        Assert.True(two["saturation"] > 1.1);
        Assert.Equal(0, one["diversity"]);
        Assert.Equal(0, one["saturation"], 1e-6);
        Assert.True(one["error"] > 2 * two["error"]);
    }

    [Fact]
    public void What_shows_no_scenes_and_what_has_other_views_are_refused()
    {
        using Module points = new PointsOptions().Build(), few = new SplatsOptions { Views = 5 }.Build();
        Assert.Contains("Points shows no scenes", Assert.Throws<ArgumentException>(() => Measure(points)).Message, StringComparison.Ordinal);
        Assert.Contains(
            "the model has 5 views, and the data 12", Assert.Throws<ArgumentException>(() => Measure(few)).Message, StringComparison.Ordinal);
    }

    // Colours as the set draws them, or of a given chroma without chance.
    private static Splats Scenes(double?[] chroma)
    {
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        var random = RandomStream.Derive(5);
        var scenes = (Splats)new SplatsOptions { Particles = chroma.Length }.Build();
        var colors = new List<double>();
        foreach (double? given in chroma)
        {
            double turn = given is null ? 0.5 * random.NextGaussian() : 0;
            double clear = given ?? 0.8 * Math.Exp(-0.5 * Math.Abs(random.NextGaussian()));
            colors.AddRange(Enumerable.Range(0, 24).Select(k => Math.Atanh(Math.Clamp(
                clear * Math.Cos(2 * Math.PI * (k / 3 / 8.0 - k % 3 / 3.0) + turn) + (given is null ? 0.02 * random.NextGaussian() : 0),
                -0.999, 0.999))));
        }

        scenes.StateDict()["colors"].CopyInPlace(Tensor.From([.. colors], chroma.Length, 8, 3));
        return scenes;
    }

    private static Dictionary<string, double> Measure(Module model)
    {
        using var scope = new TensorScope();
        var loader = new Loader(Set.Load("", "test"), new LoaderOptions { BatchSize = 1000 });
        return new SceneTask().Evaluate(model, loader, Device.Cpu).ToDictionary();
    }
}
