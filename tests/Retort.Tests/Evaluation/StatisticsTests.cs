using Retort.Evaluation;

namespace Retort.Tests.Evaluation;

public sealed class StatisticsTests
{
    [Fact]
    public void Mean_and_spread_worked_by_hand()
    {
        MeanAndSpread spread = MeanAndSpread.Of([2.0, 4.0, 4.0, 6.0]);
        Assert.Equal(4, spread.Mean);
        Assert.Equal(Math.Sqrt(8.0 / 3), spread.StandardDeviation, 1e-15);
        Assert.Equal(Math.Sqrt(8.0 / 3) / 2, spread.StandardError, 1e-15);
    }

    [Fact]
    public void A_tiny_spread_beside_a_large_mean_survives() =>
        Assert.Equal(1, MeanAndSpread.Of([1e9 - 1, 1e9, 1e9 + 1]).StandardDeviation, 1e-9);

    [Fact]
    public void Equal_values_have_no_spread_at_all() =>
        Assert.Equal(new MeanAndSpread(3, 0.841, 0), MeanAndSpread.Of([0.841, 0.841, 0.841]));

    [Fact]
    public void One_value_has_a_mean_and_no_spread()
    {
        MeanAndSpread spread = MeanAndSpread.Of([0.9]);
        Assert.Equal(0.9, spread.Mean);
        Assert.True(double.IsNaN(spread.StandardDeviation));
        Assert.True(double.IsNaN(spread.StandardError));
        Assert.True(double.IsNaN(MeanAndSpread.Of([]).Mean));
    }

    [Fact]
    public void The_median_of_an_even_count_is_the_mean_of_the_middle_two()
    {
        Assert.Equal(2.5, MeanAndSpread.Median([9, 1, 2, 3]));
        Assert.Equal(3, MeanAndSpread.Median([3, 100, 1]));
        Assert.Equal(double.NaN, MeanAndSpread.Median([]));
    }

    [Fact]
    public void Standard_errors_add_in_squares()
    {
        // s²/n is 1/3 in the first and 4/3 in the second.
        MeanAndSpread first = MeanAndSpread.Of([1.0, 2.0, 3.0]), second = MeanAndSpread.Of([2.0, 4.0, 6.0]);
        Assert.Equal(Math.Sqrt(5.0 / 3), MeanAndSpread.StandardErrorOfDifference(first, second), 1e-12);
    }

    // The sleep data of Student's paper of 1908: t = 4.0621, 9 degrees of freedom, p = 0.002833.
    [Fact]
    public void Paired_test_gives_students_own_example()
    {
        double[] first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
        double[] second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];
        PairedTest test = PairedTest.Of(second, first);
        Assert.Equal(1.58, test.MeanDifference, 1e-12);
        Assert.Equal(4.0621, test.T, 1e-4);
        Assert.Equal(9, test.DegreesOfFreedom);
        Assert.Equal(0.002833, test.PValue, 1e-6);
    }

    [Fact]
    public void Pairs_without_spread_are_certain_or_equal()
    {
        Assert.Equal(0, PairedTest.Of([2.0, 3.0], [1.0, 2.0]).PValue);
        Assert.Equal(1, PairedTest.Of([2.0, 3.0], [2.0, 3.0]).PValue);
        Assert.True(double.IsNaN(PairedTest.Of([2.0], [1.0]).PValue));
        Assert.Throws<ArgumentException>(() => PairedTest.Of([2.0], [1.0, 2.0]));
    }

    [Theory]
    [InlineData(2, 3, 0.4, 0.5248)]
    [InlineData(0.5, 0.5, 0.3, 0.36901011956554538)]
    [InlineData(10, 0.5, 0.9, 0.15164090963470997)]
    [InlineData(50, 60, 0.45, 0.46423529143060363)]
    [InlineData(1, 1, 0.7, 0.7)]
    [InlineData(5, 2, 0.99, 0.998539552395)]
    [InlineData(200, 300, 0.41, 0.67762816477217895)]
    [InlineData(2, 3, 0, 0)]
    [InlineData(2, 3, 1, 1)]
    public void Incomplete_beta_has_known_values(double a, double b, double x, double expected) =>
        Assert.Equal(expected, SpecialFunctions.IncompleteBeta(a, b, x), 1e-10);

    // One and two degrees of freedom have closed forms; 2.776 is the 5 % point of every table for four.
    [Theory]
    [InlineData(1, 1, 0.5)]
    [InlineData(2, 2, 0.18350341907227397)]
    [InlineData(2.7764451051977987, 4, 0.05)]
    [InlineData(-2.7764451051977987, 4, 0.05)]
    [InlineData(0, 7, 1)]
    public void Student_has_known_values(double t, double degrees, double expected) =>
        Assert.Equal(expected, SpecialFunctions.StudentTwoSided(t, degrees), 1e-12);

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 0)]
    [InlineData(0.5, 0.57236494292470008)]
    [InlineData(10, 12.801827480081469)]
    [InlineData(0.1, 2.2527126517342059)]
    public void Log_gamma_has_known_values(double x, double expected) =>
        Assert.Equal(expected, SpecialFunctions.LogGamma(x), 1e-12);
}
