using Retort.Evaluation.Tasks;

namespace Retort.Tests.Evaluation.Tasks;

public sealed class RankingTaskTests
{
    // By hand: ranked 0, 2, 1, 3, with grades 0, 3, 0, 1; at best 3, 1.
    [Fact]
    public void Gains_ranks_and_recall_are_those_worked_by_hand()
    {
        (double ndcg, double reciprocal, double recall) = RankingTask.Measure([0.9, 0.1, 0.5, -1], [0, 0, 3, 1]);
        double found = 3 / Math.Log2(3) + 1 / Math.Log2(5), best = 3 + 1 / Math.Log2(3);
        Assert.Equal(found / best, ndcg, 1e-12);
        Assert.Equal(0.5, reciprocal, 1e-12);
        Assert.Equal(1, recall, 1e-12);
    }

    [Fact]
    public void What_is_ranked_eleventh_does_not_count()
    {
        double[] scores = [.. Enumerable.Range(0, 12).Select(k => -(double)k)], grades = new double[12];
        (grades[10], grades[11]) = (1, 2);
        Assert.Equal((0, 0, 0), RankingTask.Measure(scores, grades));
    }

    [Fact]
    public void Of_equal_scores_the_first_passage_is_first() =>
        Assert.Equal(0.5, RankingTask.Measure([1, 1], [0, 1]).ReciprocalRank);
}
