using Retort.Methods.Compression;
using Retort.Torch;

namespace Retort.Tests.Methods.Compression;

public sealed class StudentSearchTests
{
    // By hand. The student's gradients are at right angles: its rows are (1, 0) and (0, 1). The teacher's point the same way:
    // the rows of its Gram matrix, (2, 6) and (6, 18), become (2, 6)/√40 and (6, 18)/√360.
    [Fact]
    public void Classes_that_one_network_tells_apart_and_the_other_does_not_worked_by_hand()
    {
        using var scope = new TensorScope();
        Tensor student = Tensor.From(new double[,] { { 2, 0 }, { 0, 1 } });
        Tensor teacher = Tensor.From(new double[,] { { 1, 1, 0 }, { 3, 3, 0 } });
        double[] first = [2 / Math.Sqrt(40), 6 / Math.Sqrt(40)], second = [6 / Math.Sqrt(360), 18 / Math.Sqrt(360)];
        double expected = Math.Pow(first[0] - 1, 2) + Math.Pow(first[1], 2) + Math.Pow(second[0], 2) + Math.Pow(second[1] - 1, 2);
        Assert.Equal(expected / 4, StudentSearch.ClassRelation(student, teacher).ToDouble(), 1e-12);
        Assert.Equal(0, StudentSearch.ClassRelation(student, student * 3).ToDouble(), 1e-12);
    }

    [Fact]
    public void Networks_of_other_widths_have_no_channels_in_common()
    {
        using var scope = new TensorScope();
        Assert.Throws<ShapeException>(() => StudentSearch.ClassRelation(
            Tensor.Ones(2, 3), Tensor.Ones(2, 4), GradientRelation.Channels));
        Assert.Throws<ShapeException>(() => StudentSearch.ClassRelation(Tensor.Ones(2, 3), Tensor.Ones(3, 3)));
        Assert.Throws<ShapeException>(() => StudentSearch.SampleRelation(Tensor.Ones(2, 3), Tensor.Ones(3, 3)));
    }
}
