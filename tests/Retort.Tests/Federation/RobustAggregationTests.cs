using Retort.Federation;
using Retort.Federation.Aggregations;
using Retort.Methods.Federated;
using Retort.Torch;

namespace Retort.Tests.Federation;

public sealed class RobustAggregationTests
{
    // Points 0, 1, 3 and 100 on a line; with one Byzantine 4 − 1 − 2 = 1 distance would be the own 0, with none two are summed.
    [Fact]
    public void Krum_scores_are_the_smallest_squared_distances_with_the_own_among_them()
    {
        using var scope = new TensorScope();
        Tensor updates = Tensor.From(new double[,] { { 0 }, { 1 }, { 3 }, { 100 } });
        Assert.Equal([1, 1, 4, 97 * 97], KrumAggregation.Scores(updates, 0).ToArray<double>());
        Assert.Equal([0, 0, 0, 0], KrumAggregation.Scores(updates, 1).ToArray<double>());
    }

    [Fact]
    public void A_share_of_the_clients_is_drawn_anew_for_each_round()
    {
        var half = new ShareParticipation { Value = 0.5 };
        Assert.Equal(5, half.Choose(10, 1, 7).Distinct().Count());
        Assert.Equal(half.Choose(10, 1, 7), half.Choose(10, 1, 7));
        Assert.NotEqual(half.Choose(10, 1, 7), half.Choose(10, 2, 7));
        Assert.Single(new ShareParticipation { Value = 0.01 }.Choose(10, 1, 7));
    }

    [Fact]
    public void Hashed_sampling_is_everybody_s_alike_whatever_the_seed_and_changes_by_round()
    {
        var sampling = new DecentralizedSampling { Sample = 4 };
        Assert.Equal([2, 1, 6, 7], sampling.Choose(8, 1, 1));   // Of the reference vector's first round.
        Assert.Equal(sampling.Choose(8, 1, 1), sampling.Choose(8, 1, 2));
        Assert.NotEqual(sampling.Choose(8, 1, 1), sampling.Choose(8, 2, 1));
        Assert.Equal(3, sampling.Choose(3, 1, 1).Count);
    }
}
