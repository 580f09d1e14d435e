using Retort.Evaluation;

namespace Retort.Tests.Evaluation;

public sealed class ClassificationTests
{
    // Softmax of (log a, log b, log c) with a + b + c = 1 is (a, b, c), so every figure can be worked by hand.
    private static readonly float[] Logits =
        [.. Log(0.7, 0.2, 0.1), .. Log(0.3, 0.6, 0.1), .. Log(0.5, 0.1, 0.4), .. Log(0.1, 0.1, 0.8)];

    private static readonly long[] Labels = [0, 1, 2, 1];

    [Fact]
    public void Figures_of_four_samples_worked_by_hand()
    {
        ClassificationFigures figures = Classification.Evaluate(Logits, Labels, classes: 3);
        Assert.Equal(0.5, figures.Top1);
        Assert.Equal(1.0, figures.Top5);
        Assert.Equal(-(Math.Log(0.7) + Math.Log(0.6) + Math.Log(0.4) + Math.Log(0.1)) / 4, figures.NegativeLogLikelihood, 1e-6);
        Assert.Equal((0.14 + 0.26 + 0.62 + 1.46) / 4, figures.Brier, 1e-6);

        // Four confidences in four of the fifteen bins: |1 − 0.7|, |1 − 0.6|, |0 − 0.5|, |0 − 0.8|.
        Assert.Equal((0.3 + 0.4 + 0.5 + 0.8) / 4, figures.ExpectedCalibrationError, 1e-6);
        Assert.Equal(0, figures.UndefinedRows);
        Assert.Equal(-1, figures.FirstUndefinedRow);
    }

    [Fact]
    public void Few_bins_let_errors_cancel()
    {
        // One bin: accuracy 0.5 against mean confidence 0.65.
        // Two of equal mass: {0.5 wrong, 0.6 right} and {0.7 right, 0.8 wrong}.
        Assert.Equal(0.15, Classification.Evaluate(Logits, Labels, 3, bins: 1).ExpectedCalibrationError, 1e-6);
        Assert.Equal((0.05 + 0.25) / 2, Classification.Evaluate(Logits, Labels, 3, bins: 2).AdaptiveCalibrationError, 1e-6);
    }

    [Fact]
    public void Confusion_counts_labels_in_rows()
    {
        ConfusionMatrix confusion = Classification.Evaluate(Logits, Labels, 3).Confusion;
        Assert.Equal(1, confusion[2, 0]);
        Assert.Equal(1, confusion[1, 2]);
        Assert.Equal(0, confusion[0, 2]);
        Assert.Equal([1.0, 0.5, 0.0], confusion.PerClassAccuracy());
    }

    [Fact]
    public void Top5_takes_the_five_largest()
    {
        float[] descending = [7, 6, 5, 4, 3, 2, 1];
        Assert.Equal(1, Classification.Evaluate(descending, [4], 7).Top5);
        Assert.Equal(0, Classification.Evaluate(descending, [5], 7).Top5);
    }

    [Fact]
    public void Equal_logits_go_to_the_lower_class()
    {
        // A model that says nothing must not be right more often than one class in seven.
        long[] everyLabel = [0, 1, 2, 3, 4, 5, 6];
        ClassificationFigures figures = Classification.Evaluate(new float[49], everyLabel, 7);
        Assert.Equal(1.0 / 7, figures.Top1, 1e-12);
        Assert.Equal(5.0 / 7, figures.Top5, 1e-12);
        Assert.Equal(Math.Log(7), figures.NegativeLogLikelihood, 1e-12);
    }

    [Fact]
    public void Huge_logits_do_not_overflow()
    {
        ClassificationFigures figures = Classification.Evaluate([3e38f, -3e38f, 1000, 1001], [0, 0], 2);
        Assert.Equal(Math.Log(1 + Math.E) / 2, figures.NegativeLogLikelihood, 1e-12);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void An_undefined_row_is_reported_and_counts_as_wrong(float bad)
    {
        ClassificationFigures figures = Classification.Evaluate([2, 1, bad, 1, 0, 3], [0, 0, 1], 2);
        Assert.Equal(1, figures.UndefinedRows);
        Assert.Equal(1, figures.FirstUndefinedRow);
        Assert.Equal(2.0 / 3, figures.Top1, 1e-12);
        Assert.Equal(2.0 / 3, figures.Top5, 1e-12);
        Assert.True(double.IsNaN(figures.NegativeLogLikelihood));
        Assert.True(double.IsNaN(figures.ExpectedCalibrationError));
        Assert.True(double.IsNaN(figures.AdaptiveCalibrationError));
        Assert.True(double.IsNaN(figures.Brier));
        Assert.Equal(2, figures.Confusion.Total);
    }

    [Fact]
    public void A_class_ruled_out_is_no_fault_and_a_row_of_nothing_else_is()
    {
        float no = float.NegativeInfinity;
        ClassificationFigures figures = Classification.Evaluate([no, 1, no, no], [1, 0], 2);
        Assert.Equal(1, figures.UndefinedRows);
        Assert.Equal(double.PositiveInfinity, Classification.Evaluate([no, 1], [0], 2).NegativeLogLikelihood);
    }

    [Fact]
    public void An_empty_split_has_no_figures()
    {
        ClassificationFigures figures = Classification.Evaluate([], [], 3);
        Assert.Equal(0, figures.Samples);
        Assert.All(figures.Named(), f => Assert.True(double.IsNaN(f.Value), f.Key));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(2)]
    public void A_label_outside_the_classes_is_named(long label)
    {
        var error = Assert.Throws<ArgumentException>(() => Classification.Evaluate([1, 2, 3, 4], [0, label], 2));
        Assert.Contains($"'labels' has {label} at position 1; labels of 2 classes lie in 0 … 1.", error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Logits_that_do_not_fit_are_named()
    {
        var error = Assert.Throws<ArgumentException>(() => Classification.Evaluate([1, 2, 3], [0, 1], 2));
        Assert.Contains("'logits' has 3 values; 2 rows of 2 classes need 4.", error.Message, StringComparison.Ordinal);
    }

    private static float[] Log(params double[] probabilities) => [.. probabilities.Select(p => (float)Math.Log(p))];
}
