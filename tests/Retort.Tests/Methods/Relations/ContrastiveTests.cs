using Retort.Methods.Relations;
using Retort.Torch;

namespace Retort.Tests.Methods.Relations;

public sealed class ContrastiveTests
{
    // Cosines 1, 0 / 0, 1 at a scale of 2: each row and column has softmax e² / (e² + 1) at its own.
    [Fact]
    public void Loss_of_two_pairs_worked_by_hand()
    {
        using var scope = new TensorScope();
        Tensor pictures = Tensor.From(new double[] { 3, 0, 0, 0.5 }, 2, 2), captions = Tensor.From(new double[] { 1, 0, 0, 7 }, 2, 2);
        Assert.Equal(Math.Log(1 + Math.Exp(-2)), Contrastive.Loss(pictures, captions, scale: 2).ToDouble(), 1e-12);
    }

    [Fact]
    public void Pairs_that_are_told_apart_cost_less_than_pairs_that_are_exchanged()
    {
        using var scope = new TensorScope();
        Tensor pictures = Tensor.Randn(new Generator(1), 6, 4);
        Assert.True(Contrastive.Loss(pictures, pictures).ToDouble() < Contrastive.Loss(pictures, pictures.Flip(0)).ToDouble());
    }
}
