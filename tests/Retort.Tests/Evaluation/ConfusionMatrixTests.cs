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

    // By hand. Class 0: 3 of 4 taken for it are of it, and 3 of its 4 are found. Class 1: 1 of 2, 1 of 2. Class 2 is never said.
    [Fact]
    public void Precision_and_recall_make_the_F1_of_a_class_and_its_mean_is_over_classes_with_samples()
    {
        var matrix = new ConfusionMatrix(4);
        matrix.Add(0, 0, 3);
        matrix.Add(0, 1);
        matrix.Add(1, 1);
        matrix.Add(1, 0);
        matrix.Add(2, 3, 2);
        IReadOnlyList<ClassReport> reports = matrix.Reports();
        Assert.Equal(
            [new ClassReport(0, 4, 0.75, 0.75), new ClassReport(1, 2, 0.5, 0.5), new(2, 2, 0, 0), new(3, 0, 0, 0)], reports);
        Assert.Equal([0.75, 0.5, 0, 0], reports.Select(r => r.F1));
        Assert.Equal(1.25 / 3, matrix.MacroF1(), 1e-12);
        Assert.Equal(0.5, new ClassReport(0, 1, 1.0 / 3, 1).F1, 1e-12);
        Assert.Equal(double.NaN, new ConfusionMatrix(2).MacroF1());
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
