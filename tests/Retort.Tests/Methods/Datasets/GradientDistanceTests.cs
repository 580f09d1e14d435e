using Retort.Methods.Datasets;
using Retort.Torch;

namespace Retort.Tests.Methods.Datasets;

public sealed class GradientDistanceTests
{
    // Rows (3, 4) against (4, 3) and (1, 0) against (0, 1): cosines 24/25 and 0, so 2 − 0.96; the vector does not count there. As one
    // vector, (3, 4, 1, 0, 3) · (4, 3, 0, 1, −4) = 12, with lengths √35 and √42, whose product is √1470.
    [Theory]
    [InlineData(GradientMetric.Layerwise, 2 - (24 / (25 + 1e-6)))]
    [InlineData(GradientMetric.Absolute, 4)]
    [InlineData(GradientMetric.Squared, 4)]
    [InlineData(GradientMetric.Mse, 4 + 49)]
    [InlineData(GradientMetric.Cos, 1 - (12 / (38.340579025361627 + 1e-6)))]
    public void Each_metric_of_a_case_worked_by_hand(GradientMetric metric, double expected)
    {
        using var scope = new TensorScope();
        Tensor[] ours = [Tensor.From(new double[,] { { 3, 4 }, { 1, 0 } }), Tensor.From([3.0])];
        Tensor[] theirs = [Tensor.From(new double[,] { { 4, 3 }, { 0, 1 } }), Tensor.From([-4.0])];
        Assert.Equal(expected, GradientDistance.Loss(ours, theirs, metric).ToDouble(), 1e-12);
    }

    [Fact]
    public void Gradients_that_do_not_fit_are_named_with_their_shapes()
    {
        using var scope = new TensorScope();
        var error = Assert.Throws<ShapeException>(() => GradientDistance.Loss([Tensor.Zeros(2, 3)], [Tensor.Zeros(3, 2)]));
        Assert.Contains("[2, 3]", error.Message, StringComparison.Ordinal);
        Assert.Throws<ShapeException>(() => GradientDistance.Loss([Tensor.Zeros(2, 3)], []));
    }

    [Fact]
    public void Dead_units_give_a_finite_distance_and_gradient()
    {
        using var scope = new TensorScope();
        Tensor ours = Tensor.Zeros(DType.Float64, 2, 3).SetRequiresGrad();
        Tensor loss = GradientDistance.Loss([ours], [Tensor.Ones(DType.Float64, 2, 3)]);
        Assert.Equal(2, loss.ToDouble(), 1e-12);
        Assert.True(Autograd.Grad(loss, [ours])[0].Isfinite().All().ToBoolean());
    }
}
