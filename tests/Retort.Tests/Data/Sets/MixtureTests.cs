using Retort.Data;
using Retort.Data.Sets;
using Retort.Torch;

namespace Retort.Tests.Data.Sets;

public sealed class MixtureTests
{
    [Fact]
    public void Points_lie_about_the_centre_that_their_label_names()
    {
        using var scope = new TensorScope();
        Dataset data = new Mixture { Modes = 4, Radius = 2, Spread = 0.1, Train = 4000 }.Load("", "train");
        Batch batch = data.Gather([.. Enumerable.Range(0, data.Count)]);
        double[,] centres = { { 2, 0 }, { 0, 2 }, { -2, 0 }, { 0, -2 } };
        Tensor apart = batch.Input.To(DType.Float64) - Tensor.From(centres).IndexSelect(0, batch.Labels);
        Assert.Equal(0.1, apart.Std(0).Mean().ToDouble(), 0.005);
        Assert.InRange(apart.Mean([0]).Abs().Max().ToDouble(), 0, 0.01);
        Assert.All(Enumerable.Range(0, 4), k => Assert.InRange(data.Labels.Count(l => l == k), 850, 1150));
    }

    [Fact]
    public void Splits_and_seeds_are_other_points_and_a_split_that_is_not_there_is_named()
    {
        float[] First(Mixture set, string split) => set.Load("", split).Gather([0]).Input.ToArray<float>();
        Assert.Equal(First(new Mixture(), "train"), First(new Mixture(), "train"));
        Assert.NotEqual(First(new Mixture(), "train"), First(new Mixture(), "test"));
        Assert.NotEqual(First(new Mixture(), "train"), First(new Mixture { Seed = 1 }, "train"));
        Assert.Contains(
            "there is no split 'half'", Assert.Throws<DataFormatException>(() => new Mixture().Load("", "half")).Message, StringComparison.Ordinal);
    }
}
