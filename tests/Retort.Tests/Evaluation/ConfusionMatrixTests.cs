using Retort.Evaluation;

namespace Retort.Tests.Evaluation;

public sealed class ConfusionMatrixTests
{
    [Fact]
    public void The_most_frequent_mistakes_come_first_and_hits_are_left_out()
    {
        var matrix = new ConfusionMatrix(3);
        matrix.Add(0, 0, 90);
        matrix.Add(2, 1, 4);
        matrix.Add(0, 2, 7);
        matrix.Add(1, 0, 4);
        Assert.Equal([new Confusion(0, 2, 7), new Confusion(1, 0, 4)], matrix.MostConfused(2));
    }

    [Fact]
    public void Matrices_of_two_seeds_add_up()
    {
        var matrix = new ConfusionMatrix(2);
        matrix.Add(0, 1, 2);
        matrix.Add(matrix);
        Assert.Equal(4, matrix[0, 1]);
        Assert.Equal(4, matrix.Support(0));
        Assert.Equal(4, matrix.Total);
    }

    [Fact]
    public void A_class_without_samples_has_no_accuracy() =>
        Assert.True(double.IsNaN(new ConfusionMatrix(2).PerClassAccuracy()[1]));

    [Fact]
    public void Many_classes_cost_only_what_occurs()
    {
        var matrix = new ConfusionMatrix(100_000);
        matrix.Add(99_999, 0);
        Assert.Equal(1, matrix[99_999, 0]);
    }

    [Fact]
    public void A_class_outside_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new ConfusionMatrix(2).Add(0, 2));

    [Fact]
    public void Another_number_of_classes_is_refused() =>
        Assert.Throws<ArgumentException>(() => new ConfusionMatrix(2).Add(new ConfusionMatrix(3)));
}
