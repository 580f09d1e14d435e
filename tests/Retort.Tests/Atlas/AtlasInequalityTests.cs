using Retort.Atlas;
using Retort.Recipes;

namespace Retort.Tests.Atlas;

public sealed class AtlasInequalityTests
{
    private static readonly Dictionary<string, IReadOnlyList<double>> Figures = new()
    {
        ["at/test/accuracy"] = [0.76, 0.74, 0.78],
        ["ce/test/accuracy"] = [0.74, 0.73, 0.72],
        ["at/validation/nll"] = [double.NaN, 0.5, 0.5],
    };

    // Differences 0.02, 0.01, 0.06: mean 0.03, deviation √0.0007, error √(0.0007 / 3).
    [Fact]
    public void A_pair_of_figures_is_compared_seed_by_seed()
    {
        AtlasCheck check = new AtlasInequality { Figure = "at/accuracy", Above = "ce/accuracy", By = 0.02 }.Check(Figures);
        Assert.True(check.Holds);
        Assert.Equal(0.76, check.Mean, 1e-12);
        Assert.Equal(0.73, check.Baseline, 1e-12);
        Assert.Equal(0.03, check.Difference, 1e-12);
        Assert.Equal(Math.Sqrt(0.0007 / 3), check.StandardError, 1e-12);
    }

    [Theory]
    [InlineData(0.029, true)]
    [InlineData(0.031, false)]
    [InlineData(-0.5, true)]
    public void The_mean_difference_must_exceed_the_margin(double by, bool holds) =>
        Assert.Equal(holds, new AtlasInequality { Figure = "at/accuracy", Above = "ce/accuracy", By = by }.Check(Figures).Holds);

    [Theory]
    [InlineData(0, false)]
    [InlineData(-0.029, false)]
    [InlineData(-0.031, true)]
    public void Below_asks_the_opposite(double by, bool holds) =>
        Assert.Equal(holds, new AtlasInequality { Figure = "at/accuracy", Below = "ce/accuracy", By = by }.Check(Figures).Holds);

    [Fact]
    public void A_number_may_be_reached_and_need_not_be_passed()
    {
        Assert.True(new AtlasInequality { Figure = "at/accuracy", AtLeast = 0.75 }.Check(Figures).Holds);
        Assert.False(new AtlasInequality { Figure = "at/accuracy", AtLeast = 0.77 }.Check(Figures).Holds);
        Assert.True(new AtlasInequality { Figure = "at/accuracy", AtMost = 0.77 }.Check(Figures).Holds);
        Assert.False(new AtlasInequality { Figure = "at/accuracy", AtMost = 0.75 }.Check(Figures).Holds);
    }

    // The mean difference is 0.03, whichever way it is asked for; the mean of the figure is 0.76.
    [Fact]
    public void Slack_is_what_an_outcome_has_beyond_the_margin()
    {
        double Slack(AtlasInequality inequality) => inequality.Slack(inequality.Check(Figures));
        Assert.Equal(0.01, Slack(new AtlasInequality { Figure = "at/accuracy", Above = "ce/accuracy", By = 0.02 }), 1e-12);
        Assert.Equal(0.01, Slack(new AtlasInequality { Figure = "ce/accuracy", Below = "at/accuracy", By = 0.02 }), 1e-12);
        Assert.Equal(-0.04, Slack(new AtlasInequality { Figure = "at/accuracy", AtLeast = 0.8 }), 1e-12);
        Assert.Equal(0.04, Slack(new AtlasInequality { Figure = "at/accuracy", AtMost = 0.8 }), 1e-12);
    }

    [Fact]
    public void What_is_not_a_number_holds_nothing()
    {
        Assert.False(new AtlasInequality { Figure = "at/validation/nll", AtMost = 100 }.Check(Figures).Holds);
        Assert.False(new AtlasInequality { Figure = "at/validation/nll", Below = "ce/accuracy", By = -100 }.Check(Figures).Holds);
    }

    [Theory]
    [InlineData("at/accuracy", "at/test/accuracy")]
    [InlineData("at/validation/nll", "at/validation/nll")]
    [InlineData("pair/student-2/accuracy", "pair/student-2/test/accuracy")]
    [InlineData("pair/student-2/test/accuracy", "pair/student-2/test/accuracy")]
    public void A_figure_without_a_split_is_one_of_the_test_split(string figure, string full) =>
        Assert.Equal(full, AtlasInequality.FullName(figure));

    // 0.76 against 0.73: 1.0411 times as much.
    [Theory]
    [InlineData(1.04, false)]
    [InlineData(1.05, true)]
    public void A_factor_multiplies_the_other_figure(double times, bool holds)
    {
        AtlasCheck check = new AtlasInequality { Figure = "at/accuracy", Below = "ce/accuracy", Times = times }.Check(Figures);
        Assert.Equal(holds, check.Holds);
        Assert.Equal(0.73 * times, check.Baseline, 1e-12);
        Assert.Equal(0.76 - 0.73 * times, check.Difference, 1e-12);
    }

    [Fact]
    public void A_factor_needs_another_figure()
    {
        Problem problem = Assert.Single(new AtlasInequality { Figure = "a/fd", AtMost = 3, Times = 2 }.Validate());
        Assert.Equal(nameof(AtlasInequality.Times), problem.Property);
    }

    [Fact]
    public void It_reads_as_people_write_it()
    {
        Assert.Equal("a/top5 > b/top5 + 0.01", new AtlasInequality { Figure = "a/top5", Above = "b/top5", By = 0.01 }.ToString());
        Assert.Equal("a/nll < b/nll − 0.2", new AtlasInequality { Figure = "a/nll", Below = "b/nll", By = 0.2 }.ToString());
        Assert.Equal("a/ece > b/ece − 0.003", new AtlasInequality { Figure = "a/ece", Above = "b/ece", By = -0.003 }.ToString());
        var twice = new AtlasInequality { Figure = "a/fd", Below = "b/fd", By = -0.1, Times = 2 };
        Assert.Equal("a/fd < 2 × b/fd + 0.1", twice.ToString());
        Assert.Equal("a/top5 ≥ 0.5", new AtlasInequality { Figure = "a/top5", AtLeast = 0.5 }.ToString());
    }
}
