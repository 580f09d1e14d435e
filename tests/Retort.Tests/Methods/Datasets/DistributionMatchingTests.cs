using Retort.Methods.Datasets;
using Retort.Torch;

namespace Retort.Tests.Methods.Datasets;

public sealed class DistributionMatchingTests
{
    // Means of class 0: (2, 0) against (1, 1); of class 1: (4, 4) against (4, 2).
    [Fact]
    public void Means_are_compared_class_by_class()
    {
        using var scope = new TensorScope();
        Tensor made = Tensor.From(new double[,] { { 2, 0 }, { 3, 4 }, { 5, 4 } });
        Tensor real = Tensor.From(new double[,] { { 0, 1 }, { 2, 1 }, { 4, 2 } });
        Assert.Equal(1 + 1 + 0 + 4, DistributionMatching.MeanDistance(made, real, [1, 2], [2, 1]).ToDouble(), 1e-12);
    }

    [Fact]
    public void Sizes_that_do_not_add_up_are_refused_with_both_shapes()
    {
        using var scope = new TensorScope();
        var error = Assert.Throws<ShapeException>(() => DistributionMatching.MeanDistance(Tensor.Zeros(3, 2), Tensor.Zeros(4, 2), [1, 1], [2, 2]));
        Assert.Contains("[3, 2]", error.Message, StringComparison.Ordinal);
        Assert.Contains("[4, 2]", error.Message, StringComparison.Ordinal);
        Assert.Throws<ShapeException>(() => DistributionMatching.MeanDistance(Tensor.Zeros(2, 2), Tensor.Zeros(2, 3), [1, 1], [1, 1]));
    }

    // |3|² + |4|² = 25 and 0, of length 1; a dead map stays zero.
    [Fact]
    public void Attention_of_a_map_worked_by_hand()
    {
        using var scope = new TensorScope();
        Tensor maps = Tensor.From([3.0, 0, -4, 0, 0, 0, 0, 0], 2, 2, 1, 2);
        Assert.Equal([1.0, 0, 0, 0], AttentionMatching.Attention(maps, power: 2).ToArray<double>());
    }
}
