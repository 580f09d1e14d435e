using Retort.Methods.Features;
using Retort.Methods.Relations;
using Retort.Torch;

namespace Retort.Tests.Methods;

public sealed class RelationTests
{
    private const double Close = 1e-9;

    // By hand: one channel of each map is (1, 0), the other (0, 1) or (1, 1): rows of G become (1, 0), (0, 1) or (1, 1)/√2, (1,
    // 2)/√5.
    [Fact]
    public void Channels_that_overlap_differ_from_channels_that_do_not()
    {
        using var scope = new TensorScope();
        Tensor apart = Tensor.From(new double[] { 1, 0, 0, 1 }, 1, 2, 1, 2), overlapping = Tensor.From(new double[] { 1, 0, 1, 1 }, 1, 2, 1, 2);
        double first = 2 - 2 / Math.Sqrt(2), second = 2 - 2 * 2 / Math.Sqrt(5);
        Assert.Equal((first + second) / 2, ChannelCorrelation.Loss(overlapping, apart).ToDouble(), Close);
        Assert.Equal(0, ChannelCorrelation.Loss(apart.Flip(3), apart).ToDouble(), Close);
    }

    // By hand: two positions, at a right angle in one map and equal in the other: two entries differ by 1, over M = 2.
    [Fact]
    public void Positions_that_are_alike_differ_from_positions_that_are_not()
    {
        using var scope = new TensorScope();
        Tensor apart = Tensor.From(new double[] { 1, 0, 0, 1 }, 1, 2, 1, 2), alike = Tensor.From(new double[] { 3, 3 }, 1, 1, 1, 2);
        Assert.Equal(Math.Sqrt(2) / 2, KnowledgeAffinity.Loss(alike, apart).ToDouble(), Close);
        Assert.Equal(0, KnowledgeAffinity.Loss(apart * 4, apart).ToDouble(), 1e-11);
    }

    // By hand: over the two channels one sample correlates 1 and the other −1, over the batch the sums correlate −1.
    [Fact]
    public void Feature_relations_count_correlations_and_neither_scale_nor_offset()
    {
        using var scope = new TensorScope();
        Tensor student = Tensor.From(new double[] { 2, 0, 1, 3 }, 2, 2, 1, 1);
        Tensor teacher = Tensor.From(new double[] { 4, 1, 2, 1 }, 2, 2, 1, 1);
        Assert.Equal(1 + 0.5 * 2, FeatureRelations.Loss(student, teacher, 1, 0.5).ToDouble(), 1e-7);
        Assert.Equal(0, FeatureRelations.Loss(teacher * 3 + 1, teacher).ToDouble(), 1e-7);
    }

    [Fact]
    public void A_position_that_does_not_vary_has_no_relation_and_no_gradient()
    {
        using var scope = new TensorScope();
        using var generator = new Generator(3);
        Tensor student = Tensor.Zeros(2, 3, 2, 2).SetRequiresGrad(), teacher = Tensor.Randn(generator, 2, 3, 2, 2);
        Tensor loss = FeatureRelations.Loss(student, teacher);
        Assert.Equal(2, loss.ToDouble());
        Assert.Equal(0, Autograd.Grad(loss, [student])[0].Abs().Sum().ToDouble());
    }

    // By hand: D = −(0 1; 1 0), so Σ + λI = (1 −½; −½ 1) at λ = ½, whose inverse has 4/3 on its diagonal.
    [Fact]
    public void Errors_of_angles_are_measured_against_their_covariance()
    {
        using var scope = new TensorScope();
        Tensor student = Tensor.From(new double[] { 1, 0, 0, 7 }, 2, 2), teacher = Tensor.From(new double[] { 2, 0, 5, 0 }, 2, 2);
        Assert.Equal(Math.Sqrt(4.0 / 3), StreamlinedDirection.Loss(student, teacher, ridge: 0.5).ToDouble(), Close);
        Assert.Equal(0, StreamlinedDirection.Loss(student * 2, student).ToDouble(), 1e-11);
    }

    [Fact]
    public void Local_relations_do_not_see_the_order_of_channels()
    {
        using var scope = new TensorScope();
        using var generator = new Generator(3);
        Tensor map = Tensor.Randn(generator, 2, 4, 8, 8).To(DType.Float64), other = Tensor.Randn(generator, 2, 6, 8, 8).To(DType.Float64);
        double loss = LocalRelation.Loss(map, other).ToDouble();
        Assert.True(loss > 0.01);
        Assert.Equal(loss, LocalRelation.Loss(map.Flip(1), other).ToDouble(), Close);
        Assert.Equal(0, LocalRelation.Loss(map.Flip(1) * 3, map).ToDouble(), Close);
    }

    [Fact]
    public void A_mask_of_ones_is_the_grid_as_fine_as_the_map()
    {
        using var scope = new TensorScope();
        using var generator = new Generator(3);
        Tensor map = Tensor.Randn(generator, 2, 4, 3, 3).To(DType.Float64), other = Tensor.Randn(generator, 2, 6, 3, 3).To(DType.Float64);
        Assert.Equal(
            LocalRelation.Loss(map, other, grid: 3).ToDouble(), LocalRelation.MaskedLoss(map, other, Tensor.Ones(2, 3, 3)).ToDouble(), Close);
        Assert.Equal(0, LocalRelation.MaskedLoss(map, other, Tensor.Zeros(2, 3, 3)).ToDouble());
    }

    // By hand: log(1⁴ + 2⁴).
    [Fact]
    public void The_simple_recipe_is_the_logarithm_of_a_sum_of_fourth_powers()
    {
        using var scope = new TensorScope();
        Tensor student = Tensor.From(new double[,] { { 1, 2 } }), teacher = Tensor.From(new double[,] { { 2, 0 } });
        Assert.Equal(Math.Log(17), SimpleRecipe.Loss(student, teacher).ToDouble(), Close);
        Assert.Equal(Math.Log(1e-12), SimpleRecipe.Loss(teacher, teacher).ToDouble(), Close);
    }

    // By hand: squared differences 1 and 4 with variances 1 and e², ignoring the floor of 1e-6.
    [Fact]
    public void A_large_variance_lets_a_difference_pass_and_costs_itself()
    {
        using var scope = new TensorScope();
        Tensor student = Tensor.From(new double[,] { { 1, 2 } }), teacher = Tensor.From(new double[,] { { 2, 0 } });
        Tensor variance = Tensor.From(new double[,] { { 0, 2 } });
        Assert.Equal((1 + 4 * Math.Exp(-2) + 2) / 2, PrimeAware.Loss(student, teacher, variance).ToDouble(), 1e-6);
    }
}
