using Retort.Torch;
using Retort.Torch.Nn;
using Retort.Training.Corrections;

namespace Retort.Tests.Training.Corrections;

public sealed class AligningCorrectionTests
{
    // Old rows of lengths 5 and 1 (mean 3), new rows of lengths 10 and 2 (mean 6): γ = 1/2.
    [Fact]
    public void New_rows_are_scaled_to_the_old_ones_mean_length_and_nothing_else_changes()
    {
        using var scope = new TensorScope();
        using var head = new Linear(2, 4);
        using (GradMode off = Autograd.NoGrad())
            head.Weight.Value.CopyInPlace(Tensor.From(new float[] { 3, 4, 0, 1, 6, 8, 2, 0 }, [4, 2]));
        float[] bias = head.Bias!.Value.ToArray<float>();
        Assert.Equal([new("gamma", 0.5)], new AligningCorrection().Apply(head, 2));
        Assert.Equal([3, 4, 0, 1, 3, 4, 1, 0], head.Weight.Value.ToArray<float>());
        Assert.Equal(bias, head.Bias.Value.ToArray<float>());
        Assert.True(head.Weight.Trainable);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    public void There_must_be_old_rows_and_new_ones(long old)
    {
        using var scope = new TensorScope();
        Assert.Throws<ArgumentOutOfRangeException>(() => AligningCorrection.Aligned(Tensor.Ones(4, 2), old));
    }
}
