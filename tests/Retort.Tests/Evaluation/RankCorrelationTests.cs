using Retort.Evaluation;

namespace Retort.Tests.Evaluation;

public sealed class RankCorrelationTests
{
    // By hand: of six pairs five are in the same order and one is not.
    [Fact]
    public void Pairs_in_the_same_order_count_against_those_in_the_other() =>
        Assert.Equal(4.0 / 6, RankCorrelation.Kendall([1, 2, 3, 4], [10, 20, 40, 30]), 1e-12);

    [Fact]
    public void The_same_order_is_one_and_its_reverse_minus_one()
    {
        Assert.Equal(1, RankCorrelation.Kendall([1, 5, 9], [-3, 0, 2]));
        Assert.Equal(-1, RankCorrelation.Kendall([1, 5, 9], [2, 0, -3]));
    }

    // By hand: pairs (1,2) (1,3) agree, (2,3) is tied in the first; √(2 · 3) pairs are told apart.
    [Fact]
    public void A_tie_counts_for_neither_side() =>
        Assert.Equal(2 / Math.Sqrt(6), RankCorrelation.Kendall([1, 2, 2], [1, 2, 3]), 1e-12);

    [Fact]
    public void What_tells_nothing_apart_has_no_correlation()
    {
        Assert.Equal(double.NaN, RankCorrelation.Kendall([1, 1, 1], [1, 2, 3]));
        Assert.Equal(double.NaN, RankCorrelation.Kendall([1, double.NaN, 1], [1, 2, 3]));
        Assert.Equal(1, RankCorrelation.Kendall([double.NegativeInfinity, 2, 3], [1, 2, 3]));
        Assert.Throws<ArgumentException>(() => RankCorrelation.Kendall([1], [1, 2]));
    }
}
