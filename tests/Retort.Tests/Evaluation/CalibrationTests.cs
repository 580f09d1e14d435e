using Retort.Evaluation;

namespace Retort.Tests.Evaluation;

public sealed class CalibrationTests
{
    [Fact]
    public void A_bin_holds_its_upper_edge_and_the_lowest_holds_zero()
    {
        IReadOnlyList<ReliabilityBin> bins =
            Calibration.EqualWidthBins([0, 0.25, 0.5, 0.51, 1], [false, true, true, false, true], 4);
        Assert.Equal([2L, 1L, 1L, 1L], bins.Select(b => b.Count));
        Assert.Equal(0.125, bins[0].Confidence);
        Assert.Equal(0.5, bins[0].Accuracy);
    }

    [Fact]
    public void Bins_of_equal_mass_differ_by_one_sample_at_most()
    {
        double[] confidences = [.. Enumerable.Range(0, 11).Select(i => i / 11.0)];
        IReadOnlyList<ReliabilityBin> bins = Calibration.EqualMassBins(confidences, new bool[11], 4);
        Assert.Equal([2L, 3L, 3L, 3L], bins.Select(b => b.Count));
        Assert.Equal(Calibration.Error(bins), confidences.Average(), 1e-12);
    }

    [Fact]
    public void Fewer_samples_than_bins_give_one_bin_each() =>
        Assert.Equal(2, Calibration.EqualMassBins([0.9, 0.4], [true, false], 15).Count);

    [Fact]
    public void Pooled_seeds_equal_the_seeds_together()
    {
        IReadOnlyList<ReliabilityBin> first = Calibration.EqualWidthBins([0.1, 0.9], [true, true], 3);
        IReadOnlyList<ReliabilityBin> second = Calibration.EqualWidthBins([0.2, 0.8, 0.85], [false, true, false], 3);
        IReadOnlyList<ReliabilityBin> together =
            Calibration.EqualWidthBins([0.1, 0.9, 0.2, 0.8, 0.85], [true, true, false, true, false], 3);
        IReadOnlyList<ReliabilityBin> pooled = Calibration.Pool([first, second]);
        Assert.Equal(together.Select(b => b.Count), pooled.Select(b => b.Count));
        Assert.Equal(Calibration.Error(together), Calibration.Error(pooled), 1e-12);
        Assert.True(double.IsNaN(pooled[1].Accuracy));
    }

    [Fact]
    public void Seeds_with_other_edges_are_refused() =>
        Assert.Throws<ArgumentException>(() => Calibration.Pool(
            [Calibration.EqualWidthBins([0.1], [true], 3), Calibration.EqualWidthBins([0.1], [true], 4)]));

    [Fact]
    public void No_samples_have_no_error() => Assert.True(double.IsNaN(Calibration.Error(Calibration.EqualWidthBins([], [], 5))));
}
