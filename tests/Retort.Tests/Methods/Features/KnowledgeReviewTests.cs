using Retort.Data;
using Retort.Distillation;
using Retort.Methods.Features;
using Retort.Recipes;
using Retort.Torch;

namespace Retort.Tests.Methods.Features;

[Collection("default generator")]
public sealed class KnowledgeReviewTests : IDisposable
{
    private readonly TensorScope _scope = new();

    public void Dispose() => _scope.Dispose();

    // Everything apart by 1: each mean square is 1, whatever it is pooled to, and the weights are divided out.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(8)]
    public void A_constant_difference_costs_its_square_at_every_size(long side) => Assert.Equal(
        1, KnowledgeReview.Loss(Tensor.Ones(2, 3, side, side), Tensor.Zeros(2, 3, side, side)).ToDouble(), 1e-6);

    // Of 4×4 maps: 2×2 counts 1/2 and 1×1 counts 1/4. A checkerboard vanishes in both.
    [Fact]
    public void What_averages_out_counts_at_the_finest_size_alone()
    {
        Tensor board = (Tensor.Arange(4).Unsqueeze(0) + Tensor.Arange(4).Unsqueeze(1)).Remainder(2).To(DType.Float32) * 2 - 1;
        Assert.Equal(
            1 / 1.75, KnowledgeReview.Loss(board.Reshape([1, 1, 4, 4]), Tensor.Zeros(1, 1, 4, 4)).ToDouble(), 1e-6);
    }

    [Fact]
    public void A_shallow_layers_term_trains_the_deeper_layers_of_the_student()
    {
        Engine.ManualSeed(1);
        using var generator = new Generator(1);
        TapPath[] taps = ["shallow", "deep"];
        using var criterion = new KnowledgeReview(new KnowledgeReviewOptions { StudentTaps = taps, TeacherTaps = taps });
        Tensor shallow = Tensor.Randn(generator, 4, 3, 8, 8).SetRequiresGrad(),
            deep = Tensor.Randn(generator, 4, 5, 4, 4).SetRequiresGrad();
        RoleSignals Of(string name, Tensor first, Tensor second) =>
            new(name, first, new Dictionary<TapPath, Tensor> { ["shallow"] = first, ["deep"] = second });
        var batch = new Batch(shallow, Tensor.Zeros(DType.Int64, 4), Tensor.Arange(4));
        Tensor wanted = Tensor.Randn(generator, 4, 6, 8, 8);
        double Gradient(double scale)
        {
            var signals = new Signals(
                batch, default, Of("student", shallow, deep), Of("teacher", wanted * scale, Tensor.Zeros(4, 7, 4, 4)));
            if (criterion.Owned.Children.Count == 0)
                criterion.Prepare(signals);
            return Autograd.Grad(criterion.Evaluate(signals), [deep])[0].Norm().ToDouble();
        }

        // The deep pair is the same both times; what differs is what the shallow pair asks of the deep map.
        Assert.NotEqual(Gradient(1), Gradient(100), 1e-3);
    }
}
