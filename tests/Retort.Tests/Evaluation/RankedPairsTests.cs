using Retort.Evaluation;

namespace Retort.Tests.Evaluation;

public sealed class RankedPairsTests
{
    // Of six pairs four are right and one is a tie.
    [Fact]
    public void The_area_is_the_share_of_pairs_in_the_right_order() =>
        Assert.Equal(4.5 / 6, RankedPairs.Area([0.9, 0.4, 0.4, 0.1, 0.6], [true, true, false, false, false]), 1e-12);

    [Fact]
    public void Order_decides_and_values_do_not()
    {
        bool[] positive = [false, true, false, true];
        Assert.Equal(1, RankedPairs.Area([1, 2, -5, 1e300], positive));
        Assert.Equal(0, RankedPairs.Area([2, 1, 3, double.NegativeInfinity], positive));
        Assert.Equal(0.5, RankedPairs.Area([7, 7, 7, 7], positive));
        Assert.Equal(0.5, RankedPairs.Area([1, double.NaN, 1, 2], positive));
    }

    [Fact]
    public void One_class_alone_has_no_area()
    {
        Assert.Equal(double.NaN, RankedPairs.Area([1, 2], [true, true]));
        Assert.Equal(double.NaN, RankedPairs.Area([], []));
        Assert.Throws<ArgumentException>(() => RankedPairs.Area([1, 2], [true]));
    }
}
