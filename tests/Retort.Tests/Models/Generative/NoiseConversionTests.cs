using Retort.Models.Generative;
using Retort.Torch;

namespace Retort.Tests.Models.Generative;

public sealed class NoiseConversionTests
{
    public static TheoryData<NoiseConvention, Prediction, Prediction> Ways()
    {
        var ways = new TheoryData<NoiseConvention, Prediction, Prediction>();
        foreach (NoiseConvention convention in Enum.GetValues<NoiseConvention>())
        {
            foreach (Prediction from in Enum.GetValues<Prediction>())
            {
                foreach (Prediction to in Enum.GetValues<Prediction>())
                    ways.Add(convention, from, to);
            }
        }

        return ways;
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void There_and_back_is_where_it_was(NoiseConvention convention, Prediction from, Prediction to)
    {
        using var scope = new TensorScope();
        using var random = new Generator(4);
        Tensor x = Tensor.Randn(random, 7, 3).To(DType.Float64), value = Tensor.Randn(random, 7, 3).To(DType.Float64);
        Tensor sigma = Tensor.From([0.01, 0.1, 0.5, 1, 3, 10, 50]).Unsqueeze(1);
        (Tensor a, Tensor s) = NoiseConversion.Factors(convention, sigma);
        Tensor there = NoiseConversion.Convert(value, from, to, x, a, s);
        Tensor back = NoiseConversion.Convert(there, to, from, x, a, s);
        Assert.InRange((back - value).Abs().Max().ToDouble(), 0, 1e-10);
    }

    // x0 = 2, eps = -1, sigma = 3: everything follows from the definitions.
    [Fact]
    public void What_is_said_of_a_sample_worked_by_hand()
    {
        using var scope = new TensorScope();
        (Tensor a, Tensor s) = NoiseConversion.Factors(NoiseConvention.Flow, Tensor.From([3.0]));
        Assert.Equal([0.25], a.ToArray<double>());
        Assert.Equal([0.75], s.ToArray<double>());
        Tensor x = Tensor.From([0.25 * 2 - 0.75]), clean = Tensor.From([2.0]);
        double Said(Prediction to) => NoiseConversion.Convert(clean, Prediction.Clean, to, x, a, s).ToArray<double>()[0];
        Assert.Equal(-1, Said(Prediction.Noise), 1e-12);
        Assert.Equal(-3, Said(Prediction.Velocity), 1e-12);
        Assert.Equal(0.25 * -1 - 0.75 * 2, Said(Prediction.V), 1e-12);
        Assert.Equal(1 / 0.75, Said(Prediction.Score), 1e-12);
    }

    [Fact]
    public void Preserved_variance_is_one_and_the_ratio_is_the_level()
    {
        using var scope = new TensorScope();
        (Tensor a, Tensor s) = NoiseConversion.Factors(NoiseConvention.Preserving, Tensor.From([0.2, 7.0]));
        Assert.All((a.Square() + s.Square()).ToArray<double>(), v => Assert.Equal(1, v, 1e-12));
        Assert.Equal(7, (s / a).ToArray<double>()[1], 1e-12);
    }
}
