using Retort.Data;

namespace Retort.Tests.Data;

public sealed class RandomStreamTests
{
    [Fact]
    public void The_first_numbers_of_a_seed_are_pinned()
    {
        RandomStream stream = new(42);
        Assert.Equal("19E479E2AAA77BFB 5E3EFE753BE27527 C3ED7125B780200A", string.Join(' ', Enumerable.Range(0, 3).Select(_ => stream.NextUInt64().ToString("X16"))));
        stream = RandomStream.Derive(42, 1, 2);
        Assert.Equal("885CA5D40417F829 0410F20D2C9C4F14 E5E8E3F1471D01A8", string.Join(' ', Enumerable.Range(0, 3).Select(_ => stream.NextUInt64().ToString("X16"))));
        Assert.Equal("BFED2DB7BF82CCEB", BitConverter.DoubleToInt64Bits(stream.NextGaussian()).ToString("X16"));
        Assert.Equal("3F0BB56A6B9C3F37", BitConverter.DoubleToInt64Bits(stream.NextBeta(0.2, 0.2)).ToString("X16"));
        Assert.Equal("5 2 3 1 6 4 7 0", string.Join(' ', stream.Permutation(8)));
    }

    // Blackman and Vigna's reference code, started from the state 1, 2, 3, 4.
    [Fact]
    public void The_generator_is_xoshiro256_starstar()
    {
        RandomStream stream = new(new RandomState(1, 2, 3, 4));
        ulong[] expected = [11520, 0, 1509978240, 1215971899390074240, 1216172134540287360, 607988272756665600];
        Assert.Equal(expected, Enumerable.Range(0, expected.Length).Select(_ => stream.NextUInt64()));
    }

    [Fact]
    public void Streams_of_other_keys_differ_and_the_same_keys_agree()
    {
        ulong[][] keys = [[], [0], [0, 0], [1], [0, 1], [1, 0]];
        ulong[] first = [.. keys.Select(key => RandomStream.Derive(7, key).NextUInt64())];
        Assert.Equal(keys.Length, first.Distinct().Count());
        Assert.Equal(first, keys.Select(key => RandomStream.Derive(7, key).NextUInt64()));
        Assert.Equal(new RandomStream(7).NextUInt64(), RandomStream.Derive(7).NextUInt64());
    }

    [Fact]
    public void A_saved_state_goes_on_with_the_same_numbers()
    {
        RandomStream stream = new(3);
        _ = stream.NextGaussian();
        RandomState state = stream.State;
        double[] expected = [.. Enumerable.Range(0, 5).Select(_ => stream.NextGaussian())];
        RandomStream resumed = new(state);
        Assert.Equal(expected, Enumerable.Range(0, 5).Select(_ => resumed.NextGaussian()));
        Assert.Throws<ArgumentException>(() => new RandomStream(default(RandomState)));
    }

    [Fact]
    public void Integers_are_even_over_their_range()
    {
        RandomStream stream = new(1);
        int[] counts = new int[7];
        for (int i = 0; i < 70_000; i++)
            counts[stream.NextInt(-3, 4) + 3]++;
        Assert.All(counts, count => Assert.InRange(count, 9_600, 10_400));
        Assert.Throws<ArgumentOutOfRangeException>(() => stream.NextInt(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => stream.NextInt(2, 2));
    }

    [Fact]
    public void Normal_numbers_have_the_moments_of_the_normal_distribution()
    {
        RandomStream stream = new(5);
        double[] sample = [.. Enumerable.Range(0, 200_000).Select(_ => stream.NextGaussian())];
        Assert.Equal(0, sample.Average(), 0.01);
        Assert.Equal(1, sample.Average(x => x * x), 0.02);
        Assert.Equal(3, sample.Average(x => x * x * x * x), 0.1);
    }

    [Theory]
    [InlineData(0.2, 0.2)]
    [InlineData(1, 1)]
    [InlineData(2, 5)]
    public void Beta_numbers_have_the_mean_and_variance_of_the_beta_distribution(double alpha, double beta)
    {
        RandomStream stream = new(6);
        double[] sample = [.. Enumerable.Range(0, 100_000).Select(_ => stream.NextBeta(alpha, beta))];
        double mean = alpha / (alpha + beta);
        Assert.All(sample, x => Assert.InRange(x, 0, 1));
        Assert.Equal(mean, sample.Average(), 0.01);
        Assert.Equal(mean * (1 - mean) / (alpha + beta + 1), sample.Average(x => (x - mean) * (x - mean)), 0.005);
    }

    [Fact]
    public void Tiny_beta_parameters_give_no_nan()
    {
        RandomStream stream = new(8);
        for (int i = 0; i < 1000; i++)
            Assert.InRange(stream.NextBeta(1e-3, 1e-3), 0, 1);
    }

    [Fact]
    public void Elementary_functions_agree_with_the_library_to_rounding()
    {
        RandomStream stream = new(9);
        for (int i = 0; i < 20_000; i++)
        {
            double x = stream.NextUniform(-30, 30);
            Assert.Equal(1, ExactMath.Exp(x) / Math.Exp(x), 1e-14);
            double positive = Math.Exp(x);
            Assert.Equal(Math.Log(positive), ExactMath.Log(positive), 1e-14 * (1 + Math.Abs(x)));
            (double sin, double cos) = ExactMath.SinCos(x);
            Assert.Equal(Math.Sin(x), sin, 1e-14);
            Assert.Equal(Math.Cos(x), cos, 1e-14);
        }
        Assert.Equal(Math.Log(5e-324), ExactMath.Log(5e-324), 1e-12);
        Assert.Equal(double.NegativeInfinity, ExactMath.Log(0));
        Assert.True(double.IsNaN(ExactMath.Log(-1)));
    }

    [Fact]
    public void Shuffling_reaches_every_order_equally_often()
    {
        RandomStream stream = new(10);
        var counts = Enumerable.Range(0, 24_000).Select(_ => string.Concat(stream.Permutation(4))).CountBy(order => order).ToArray();
        Assert.Equal(24, counts.Length);
        Assert.All(counts, pair => Assert.InRange(pair.Value, 850, 1150));
    }
}
