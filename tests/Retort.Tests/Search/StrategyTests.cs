using Retort.Data;
using Retort.Search;
using Retort.Search.Strategies;

namespace Retort.Tests.Search;

public sealed class StrategyTests
{
    private static readonly int[] Sizes = [4, 5, 6, 7];

    [Fact]
    public void Enumeration_meets_every_allowed_architecture_once_in_order()
    {
        List<(long Number, double Score)> scored = Search(new EnumerateStrategy(), [3, 4], _ => 0, n => n % 5 != 2);
        Assert.Equal([0L, 1, 3, 4, 5, 6, 8, 9, 10, 11], scored.Select(s => s.Number));
        Assert.NotNull(new EnumerateStrategy().Refusal(10_001));
        Assert.Null(new EnumerateStrategy().Refusal(10_000));
    }

    // The score is the sum of the digits; the best of 840 has 18. Chance alone meets it in 60 draws with 7 %.
    [Fact]
    public void Evolution_climbs_where_chance_seldom_gets()
    {
        int found = 0;
        for (ulong seed = 0; seed < 20; seed++)
        {
            var strategy = new EvolveStrategy { Evaluations = 60, Population = 10, Parents = 3 };
            List<(long Number, double Score)> scored = Search(strategy, Sizes, Sum, _ => true, seed);
            Assert.Equal(60, scored.Select(s => s.Number).Distinct().Count());
            found += scored.Max(s => s.Score) == 18 ? 1 : 0;
        }

        Assert.InRange(found, 15, 20);
    }

    [Fact]
    public void Evolution_ends_when_everything_allowed_was_scored()
    {
        List<(long Number, double Score)> scored =
            Search(new EvolveStrategy { Evaluations = 1000, Population = 4 }, [3, 4], _ => 0, n => n != 7);
        Assert.Equal(11, scored.Count);
        Assert.DoesNotContain(7, scored.Select(s => s.Number));
    }

    [Fact]
    public void Numbers_and_choices_say_the_same()
    {
        var history = new SearchHistory(Sizes, [(3, 1.0)], n => n > 1);
        Assert.Equal(840, history.Size);
        for (long number = 0; number < history.Size; number++)
            Assert.Equal(number, history.NumberOf(history.ChoiceOf(number)));
        Assert.Equal([0, 0, 1, 0], history.ChoiceOf(7));
        Assert.Equal((false, true, false), (history.IsOpen(1), history.IsOpen(2), history.IsOpen(3)));
        Assert.Equal(4, history.NextOpen(3));
        Assert.Equal(2, history.NextOpen(0));
        Assert.Null(history.NextOpen(0, most: 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => history.ChoiceOf(840));
    }

    private static double Sum(long number) => new SearchHistory(Sizes, [], _ => true).ChoiceOf(number).Sum();

    private static List<(long Number, double Score)> Search(
        SearchStrategyOptions strategy, int[] sizes, Func<long, double> score, Predicate<long> isAllowed, ulong seed = 1)
    {
        var scored = new List<(long Number, double Score)>();
        int evaluations = strategy.EvaluationsOf(sizes.Aggregate(1, (product, size) => product * size));
        for (int step = 0; step < evaluations; step++)
        {
            var history = new SearchHistory(sizes, scored, isAllowed);
            if (strategy.Propose(history, RandomStream.Derive(seed, (ulong)step)) is { } number)
                scored.Add((number, score(number)));
        }

        return scored;
    }
}
