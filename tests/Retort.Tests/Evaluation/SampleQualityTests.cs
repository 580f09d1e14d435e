using Retort.Data;
using Retort.Data.Sets;
using Retort.Evaluation;
using Retort.Torch;

namespace Retort.Tests.Evaluation;

[Collection("default generator")]
public sealed class SampleQualityTests
{
    private const int Count = 4000;

    // Rank by rank every projection is moved by its share of the shift: root of the mean of cos² over all directions, 1/√2.
    [Fact]
    public void A_shift_moves_the_sliced_distance_by_its_mean_projection()
    {
        using var scope = new TensorScope();
        (Tensor points, _) = Ring(seed: 0);
        Tensor moved = points + Tensor.From(new float[,] { { 3, 0 } });
        Assert.Equal(3 / Math.Sqrt(2), SampleQuality.SlicedWasserstein(moved, points, directions: 2000), 0.1);
        Assert.Equal(0, SampleQuality.SlicedWasserstein(points, points));
    }

    [Fact]
    public void A_mode_that_is_missing_is_seen()
    {
        using var scope = new TensorScope();
        (Tensor real, Tensor labels) = Ring(seed: 0);
        (Tensor same, Tensor others) = Ring(seed: 1);
        double floor = SampleQuality.SlicedWasserstein(same, real);

        // How many points each mode gets differs from draw to draw, and is most of it.
        double usual = Enumerable.Range(1, 6).Average(k => SampleQuality.SlicedWasserstein(Ring(k).Points, Ring(k + 10).Points));
        Assert.InRange(usual, 0.02, 0.035);
        Assert.Equal(8, SampleQuality.Modes(same, real, labels, 8).Covered);

        // Copies of all others stand in for the missing mode's points.
        Tensor kept = others.Ne(3).Nonzero().Flatten();
        Tensor lacking = Ops.Cat([same.IndexSelect(0, kept), same.IndexSelect(0, kept)], 0).Narrow(0, 0, Count);
        Assert.Equal(7, SampleQuality.Modes(lacking, real, labels, 8).Covered);
        Assert.True(SampleQuality.SlicedWasserstein(lacking, real) > 3 * floor);
        Tensor few = lacking.Narrow(0, 0, 1000), fewReal = real.Narrow(0, 0, 1000);
        Assert.InRange(SampleQuality.PrecisionAndRecall(few, fewReal).Recall, 0.8, 0.92);
    }

    [Fact]
    public void Points_that_are_too_wide_are_no_good_though_all_modes_are_there()
    {
        using var scope = new TensorScope();
        (Tensor real, Tensor labels) = Ring(seed: 0);
        (Tensor wide, _) = Ring(seed: 1, spread: 0.15);
        (int covered, double good) = SampleQuality.Modes(wide, real, labels, 8);
        Assert.Equal(8, covered);
        Assert.InRange(good, 0.4, 0.8);
        Assert.True(SampleQuality.Modes(real, real, labels, 8).Good > 0.99);
    }

    [Fact]
    public void The_mean_discrepancy_is_about_nothing_between_equals_and_grows_with_a_shift()
    {
        using var scope = new TensorScope();
        Tensor real = Ring(seed: 0).Points.Narrow(0, 0, 500), same = Ring(seed: 1).Points.Narrow(0, 0, 500);
        double equal = SampleQuality.MeanDiscrepancy(same, real);
        Assert.InRange(equal, -0.01, 0.01);
        Assert.True(SampleQuality.MeanDiscrepancy(same + 0.3, real) > 0.02);
    }

    // Two Gaussians: |m₁ − m₂|² + Σ (s₁ − s₂)² along common axes.
    [Fact]
    public void The_Frechet_distance_of_Gaussians_is_its_closed_form()
    {
        using var scope = new TensorScope();
        using var random = new Generator(8);
        Tensor a = Tensor.Randn(random, 20000, 3) * Tensor.From(new float[,] { { 1, 2, 0.5f } });
        Tensor b = Tensor.Randn(random, 20000, 3) * Tensor.From(new float[,] { { 2, 1, 0.5f } }) + Tensor.From(new float[,] { { 1, 0, -2 } });
        double exact = 1 + 4 + 1 + 1;
        Assert.InRange(SampleQuality.FrechetDistance(a, b), exact * 0.95, exact * 1.05);
        Assert.InRange(SampleQuality.FrechetDistance(a, a), -1e-9, 1e-6);
    }

    [Fact]
    public void Features_of_another_width_are_named()
    {
        var error = Assert.Throws<ShapeException>(() => SampleQuality.FrechetDistance(Tensor.Zeros(4, 3), Tensor.Zeros(4, 2)));
        Assert.Contains("[4, 3]", error.Message, StringComparison.Ordinal);
        Assert.Contains("[4, 2]", error.Message, StringComparison.Ordinal);
    }

    private static (Tensor Points, Tensor Labels) Ring(int seed, double spread = 0.05)
    {
        Dataset data = new Mixture { Train = Count, Seed = seed, Spread = spread }.Load("", "train");
        Batch batch = data.Gather([.. Enumerable.Range(0, Count)]);
        return (batch.Input, batch.Labels);
    }
}
