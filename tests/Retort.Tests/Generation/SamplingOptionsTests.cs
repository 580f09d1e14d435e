using Retort.Generation;
using Retort.Torch;

namespace Retort.Tests.Generation;

public sealed class SamplingOptionsTests
{
    // Odds 1 : 2 : 4 : 4. At temperature ½ they are squared.
    private static readonly double[] Logits = [0, Math.Log(2), Math.Log(4), Math.Log(4)];

    [Fact]
    public void A_temperature_sharpens_the_odds() =>
        AssertClose([1 / 37.0, 4 / 37.0, 16 / 37.0, 16 / 37.0], new SamplingOptions { Temperature = 0.5 });

    [Fact]
    public void Of_the_likeliest_tokens_alone_the_others_never_come() =>
        AssertClose([0, 0.2, 0.4, 0.4], new SamplingOptions { TopK = 3 });

    [Fact]
    public void Equally_likely_tokens_stay_together() => AssertClose([0, 0, 0.5, 0.5], new SamplingOptions { TopK = 1 });

    [Fact]
    public void At_temperature_0_the_first_of_the_likeliest_comes_for_certain() =>
        AssertClose([0, 0, 1, 0], new SamplingOptions { Temperature = 0 });

    private static void AssertClose(double[] expected, SamplingOptions options)
    {
        using var scope = new TensorScope();
        double[] found = options.Probabilities(Tensor.From(Logits)).ToArray<double>();
        Assert.All(expected.Zip(found), pair => Assert.Equal(pair.First, pair.Second, 1e-12));
    }
}
