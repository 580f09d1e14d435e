using Retort.Data;
using Retort.Methods.Datasets;
using Retort.Torch;

namespace Retort.Tests.Methods.Datasets;

public sealed class SelectorTests
{
    [Fact]
    public void Herded_points_follow_the_mean_five_times_closer_than_chance_and_the_farthest_are_worse_than_chance()
    {
        using var scope = new TensorScope();
        double herded = 0, farthest = 0, random = 0;
        for (ulong draw = 0; draw < 20; draw++)
        {
            Tensor points = Mixture(draw, 200);
            herded += Error(points, Herding.Choose(points, 10));
            farthest += Error(points, Herding.Choose(points, 10, farthest: true));
            random += Error(points, new RandomStream(draw).Permutation(200)[..10]);
        }

        Assert.True(herded < random / 5, $"{herded} is not a fifth of {random}");
        Assert.True(farthest > random, $"{farthest} is better than {random}");
    }

    [Fact]
    public void Greedy_centers_cover_within_twice_the_least_possible_radius()
    {
        using var scope = new TensorScope();
        for (ulong draw = 0; draw < 20; draw++)
        {
            Tensor points = Mixture(draw, 12);
            double least = Fours().Min(four => Radius(points, four));
            Assert.InRange(Radius(points, KCenter.Choose(points, [0], 3)), least, 2 * least);
        }
    }

    [Fact]
    public void Copies_of_a_point_are_chosen_once_each()
    {
        using var scope = new TensorScope();
        Assert.Equal([0, 1, 2], KCenter.Choose(Tensor.Zeros(3, 2), [0], 2).Order());
        Assert.Throws<ArgumentException>(() => KCenter.Choose(Tensor.Zeros(3, 2), [], 2));
        Assert.ThrowsAny<ArgumentException>(() => KCenter.Choose(Tensor.Zeros(3, 2), [0], 3));
        Assert.ThrowsAny<ArgumentException>(() => Herding.Choose(Tensor.Zeros(3, 2), 4));
    }

    [Fact]
    public void Bins_share_no_sample_and_hold_them_all()
    {
        using var scope = new TensorScope();
        int[][] bins = DatasetQuantization.Bins(GraphCut.Similarity(Mixture(3, 23)), count: 4, size: 5);
        Assert.Equal([5, 5, 5, 8], bins.Select(b => b.Length));
        Assert.Equal(Enumerable.Range(0, 23), bins.SelectMany(b => b).Order());
    }

    // p − y = (−½, ½) and h = (2, 3): the gradient is that, then its products with h.
    [Fact]
    public void The_gradient_in_the_last_layer_worked_by_hand()
    {
        using var scope = new TensorScope();
        Tensor found = GraphCut.GradientFeatures(Tensor.From(new double[,] { { 7, 7 } }), Tensor.From(new double[,] { { 2, 3 } }), label: 0);
        double[] expected = [-0.5, 0.5, -1, -1.5, 1, 1.5];
        Assert.All(expected.Zip(found.ToArray<double>()), pair => Assert.Equal(pair.First, pair.Second, 1e-12));
    }

    private static Tensor Mixture(ulong seed, int count)
    {
        var random = new RandomStream(seed);
        var values = new double[2 * count];
        for (int k = 0; k < values.Length; k++)
            values[k] = random.NextGaussian() + (k / 2 % 3 * 4);
        return Tensor.From(values, count, 2);
    }

    private static double Error(Tensor points, int[] chosen)
    {
        Tensor mean = points.IndexSelect(0, Tensor.From(Array.ConvertAll(chosen, k => (long)k))).Mean([0]);
        return (mean - points.Mean([0])).Norm(2).ToDouble();
    }

    private static double Radius(Tensor points, int[] centers) =>
        Ops.Cdist(points, points.IndexSelect(0, Tensor.From(Array.ConvertAll(centers, k => (long)k)))).Amin([1]).Max().ToDouble();

    private static IEnumerable<int[]> Fours() =>
        from a in Enumerable.Range(0, 12)
        from b in Enumerable.Range(a + 1, 11 - a)
        from c in Enumerable.Range(b + 1, 11 - b)
        from d in Enumerable.Range(c + 1, 11 - c)
        select new[] { a, b, c, d };
}
