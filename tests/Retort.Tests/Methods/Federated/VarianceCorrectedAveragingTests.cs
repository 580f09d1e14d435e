using Retort.Methods.Federated;
using Retort.Torch;

namespace Retort.Tests.Methods.Federated;

public sealed class VarianceCorrectedAveragingTests
{
    // Of four unrelated tensors the mean has half the deviation; corrected it has theirs again.
    [Fact]
    public void Correction_gives_a_mean_of_unrelated_tensors_their_deviation()
    {
        using var scope = new TensorScope();
        using var generator = new Generator(3);
        Tensor[] others = [.. Enumerable.Range(0, 4).Select(_ => Tensor.Randn(generator, 100, 100))];
        Tensor own = Tensor.Randn(generator, 100, 100);
        Assert.Equal(0.5, VarianceCorrectedAveraging.Combined(own, others, correct: false).Std().ToDouble(), 0.02);
        Assert.Equal(1, VarianceCorrectedAveraging.Combined(own, others).Std().ToDouble(), 0.02);
        Assert.Equal(2, VarianceCorrectedAveraging.Combined(own * 2, others, followSelf: true).Std().ToDouble(), 0.04);
    }

    [Fact]
    public void Alike_elements_and_single_ones_stay_finite()
    {
        using var scope = new TensorScope();
        Assert.Equal([2, 2], VarianceCorrectedAveraging.Combined(Tensor.Zeros(2), [Tensor.Ones(2), Tensor.Ones(2) * 3]).ToArray<float>());
        Assert.Equal([2], VarianceCorrectedAveraging.Combined(Tensor.Zeros(1), [Tensor.Ones(1), Tensor.Ones(1) * 3]).ToArray<float>());
        Assert.Throws<ShapeException>(() => VarianceCorrectedAveraging.Combined(Tensor.Zeros(2), [Tensor.Ones(3)]));
    }
}
