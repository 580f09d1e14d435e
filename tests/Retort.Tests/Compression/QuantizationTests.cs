using Retort.Compression;
using Retort.Torch;

namespace Retort.Tests.Compression;

[Collection("default generator")]
public sealed class QuantizationTests
{
    // Scaled by (w − 1) / 4 these are 0, 0.2, 0.5, 0.75, 1; times 3: 0, 0.6, 1.5, 2.25, 3, and halves go to the even number.
    [Fact]
    public void Weights_go_to_the_nearest_of_evenly_spaced_values()
    {
        using var scope = new TensorScope();
        (Tensor values, Tensor codes) = Quantization.Uniform(Tensor.From(new[] { 1, 1.8, 3, 4, 5 }), levels: 4);
        Assert.Equal([0, 1, 2, 2, 3], codes.ToArray<long>());
        Assert.All(
            new[] { 1, 1 + 4.0 / 3, 1 + 8.0 / 3, 1 + 8.0 / 3, 5 }.Zip(values.ToArray<double>()),
            pair => Assert.Equal(pair.First, pair.Second, 1e-12));
    }

    // Five numbers in buckets of two: {0, 10}, {1, 2}, and {7} filled up with itself, whose range counts as 1.
    [Fact]
    public void Each_bucket_has_a_range_of_its_own()
    {
        using var scope = new TensorScope();
        Tensor weights = Tensor.From(new double[] { 0, 10, 1, 2, 7 });
        Assert.Equal([0, 10, 1, 2, 7], Quantization.Uniform(weights, levels: 2, bucket: 2).Values.ToArray<double>());
        Assert.Equal([0, 1, 0, 1, 0], Quantization.Uniform(weights, levels: 2, bucket: 2).Codes.ToArray<long>());
        Assert.Equal([0, 10, 0, 0, 10], Quantization.Uniform(weights, levels: 2, bucket: 8).Values.ToArray<double>());
    }

    [Theory]
    [InlineData(2, 256)]
    [InlineData(4, 256)]
    [InlineData(16, 7)]
    public void What_is_rounded_is_rounded_to_itself(int levels, int bucket)
    {
        using var scope = new TensorScope();
        using var random = new Generator(3);
        Tensor once = Quantization.Uniform(Tensor.Randn(random, 30, 20), levels, bucket).Values;
        (Tensor twice, Tensor codes) = Quantization.Uniform(once, levels, bucket);
        Assert.True(once.Allclose(twice, rtol: 1e-6, atol: 1e-6));
        Assert.Equal(levels, codes.Reshape([-1]).Bincount().ToArray<long>().Length);
    }

    [Fact]
    public void By_chance_a_weight_goes_up_as_often_as_its_fraction_says()
    {
        using var scope = new TensorScope();
        Engine.ManualSeed(5);
        Tensor weights = Ops.Cat([Tensor.From(new double[] { 0, 1 }), Tensor.Full([4000], 0.3, DType.Float64)], 0);
        double[] values = Quantization.Uniform(weights, levels: 2, bucket: 1 << 20, stochastic: true).Values.ToArray<double>();
        Assert.All(values, v => Assert.True(v is 0 or 1));
        Assert.Equal(0.3, values[2..].Average(), 0.03);
    }

    // Halfway between 0 and 0.5, and between 0.5 and 1.
    [Fact]
    public void Halfway_between_two_points_the_higher_one_is_taken()
    {
        using var scope = new TensorScope();
        Tensor points = Tensor.From(new[] { 0, 0.5, 1 });
        (Tensor values, Tensor codes) = Quantization.Nearest(Tensor.From(new[] { 0, 0.25, 0.7, 0.75, 1 }), points);
        Assert.Equal([0, 1, 1, 2, 2], codes.ToArray<long>());
        Assert.Equal([0, 0.5, 0.5, 1, 1], values.ToArray<double>());
    }

    // Two weights at the middle point of a range of 4, and one that was filled up with and counts for nothing.
    [Fact]
    public void A_point_s_gradient_is_the_sum_of_its_weights_gradients_times_their_buckets_range()
    {
        using var scope = new TensorScope();
        Tensor points = Tensor.From(new[] { 0, 0.5, 1 }).SetRequiresGrad();
        Tensor values = Quantization.Nearest(Tensor.From(new double[] { 0, 2, 2, 4, 0, 1, 1 }), points, bucket: 4).Values;
        (values * Tensor.From(new double[] { 100, 1, 2, 1000, 5, 7, 11 })).Sum().Backward();
        Assert.Equal([100 * 4 + 5, 3 * 4, 1000 * 4 + 7 + 11], points.Grad!.ToArray<double>());
    }

    // Of 0, 1, 2, 3 (scaled: thirds) the quartiles lie between the weights.
    [Fact]
    public void Points_begin_at_quantiles_of_the_scaled_weights()
    {
        using var scope = new TensorScope();
        double[] found = Quantization.QuantilePoints(Tensor.From(new double[] { 3, 0, 2, 1 }), 5).ToArray<double>();
        Assert.All(new[] { 0, 0.25, 0.5, 0.75, 1 }.Zip(found), pair => Assert.Equal(pair.First, pair.Second, 1e-12));
    }

    // Two each stay, six are shared as 1 : 4 : 3 and rounded to 1, 3, 2. Of six tensors one each stays and twelve are shared: 1.5 five
    // times, which becomes 2, and 4.5, which becomes 4 and gives back two. Of four, eight are shared: 2/3 thrice, which becomes 1, and 6,
    // which gives back one.
    [Theory]
    [InlineData(new[] { 0.5, 2.0, 1.5 }, 4, new[] { 3, 5, 4 })]
    [InlineData(new[] { 0.0, 0.0 }, 4, new[] { 4, 4 })]
    [InlineData(new[] { 1.0, 1.0, 1.0, 1.0, 1.0, 3.0 }, 3, new[] { 3, 3, 3, 3, 3, 3 })]
    [InlineData(new[] { 1.0, 1.0, 1.0, 9.0 }, 4, new[] { 3, 3, 3, 7 })]
    public void Points_are_shared_by_gradient_and_their_sum_stays(double[] norms, int points, int[] expected)
    {
        Assert.Equal(points * norms.Length, expected.Sum());
        Assert.Equal(expected, Quantization.Allocate(norms, points));
    }

    [Fact]
    public void Nothing_to_round_is_said()
    {
        using var scope = new TensorScope();
        Assert.Throws<ShapeException>(() => Quantization.Uniform(Tensor.Empty(DType.Float32, 0), 4));
        Assert.Throws<ArgumentOutOfRangeException>(() => Quantization.Uniform(Tensor.Ones(3), 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Quantization.Uniform(Tensor.Ones(3), 4, bucket: 1));
    }
}
