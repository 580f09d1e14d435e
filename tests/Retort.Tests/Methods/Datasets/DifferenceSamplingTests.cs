using Retort.Methods.Datasets;
using Retort.Torch;

namespace Retort.Tests.Methods.Datasets;

public sealed class DifferenceSamplingTests
{
    // By hand: of two tokens the teacher gives the right one ¾, ½ and ¼, the reference always ½. The third does not count.
    [Fact]
    public void The_score_is_the_teacher_s_lead_in_nats_a_token_that_counts()
    {
        using var scope = new TensorScope();
        double third = Math.Log(3);
        Tensor teacher = Tensor.From(new[] { third, 0, 0, 0, third, 0, third, 0, 0, 0, third, 0 }, 2, 3, 2);
        Tensor reference = Tensor.Zeros(DType.Float64, 2, 3, 2);
        Tensor labels = Tensor.From(new long[] { 0, 1, -100, -100, -100, -100 }, 2, 3);
        double[] found = DifferenceSampling.Score(teacher, reference, labels).ToArray<double>();
        Assert.Equal(Math.Log(1.5) / 2, found[0], 1e-12);
        Assert.Equal(0, found[1], 1e-12);
    }

    [Fact]
    public void Models_of_two_vocabularies_are_refused()
    {
        using var scope = new TensorScope();
        Assert.Throws<ShapeException>(() => DifferenceSampling.Score(
            Tensor.Zeros(1, 3, 4), Tensor.Zeros(1, 3, 5), Tensor.Zeros(DType.Int64, 1, 3)));
    }
}
