using Retort.Methods.Datasets;
using Retort.Recipes;
using Retort.Torch;

namespace Retort.Tests.Methods.Datasets;

public sealed class ModelInversionTests
{
    // Channel 0 holds 0 and 2 (mean 1, variance 1), channel 1 holds 3 and 3: off by (1, 3) and (0, −1) from zeros and ones.
    [Fact]
    public void The_distance_of_statistics_worked_by_hand()
    {
        using var scope = new TensorScope();
        Tensor input = Tensor.From(new double[,] { { 0, 3 }, { 2, 3 } });
        Tensor distance = ModelInversion.StatisticsDistance(input, Tensor.From([0.0, 0]), Tensor.From([1.0, 1]), varianceWeight: 5);
        Assert.Equal(Math.Sqrt(10) + 5, distance.ToDouble(), 1e-12);
        Assert.Throws<ShapeException>(() => ModelInversion.StatisticsDistance(input, Tensor.Zeros(3), Tensor.Zeros(3)));
    }

    [Fact]
    public void Three_percent_more_accuracy_count_almost_twice_at_temperature_5()
    {
        double[] shares = ModelInversion.Shares([63, 60], 5);
        Assert.Equal(1 / (1 + Math.Exp(-0.6)), shares[0], 1e-12);
        Assert.Equal(1, shares.Sum(), 1e-12);
    }

    // The paper's course: 0.08 + 0.92 (1 + cos(π i / S)) / 2.
    [Theory]
    [InlineData(0, 1)]
    [InlineData(50, 0.54)]
    [InlineData(100, 0.08)]
    public void The_curriculum_goes_from_whole_pictures_to_small_crops(long step, double expected) =>
        Assert.Equal(expected, new CurriculumSynthesisOptions().MinArea.At(new StepClock(step, 100, 1)), 1e-12);

    [Fact]
    public void A_flat_picture_is_not_rough()
    {
        using var scope = new TensorScope();
        Assert.Equal(0, ModelInversion.TotalVariation(Tensor.Ones(2, 1, 4, 4)).ToDouble());
        Assert.Equal(4, ModelInversion.MeanNorm(Tensor.Ones(2, 1, 4, 4)).ToDouble());
    }
}
