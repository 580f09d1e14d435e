using Retort.Methods.Federated;
using Retort.Torch;

namespace Retort.Tests.Methods.Federated;

public sealed class BristleTests
{
    // Samples of classes 0, 0, 1; the head says 0, 1, 1. F1(0) = 2·1 / (1 + 2), F1(1) = 2·1 / (2 + 1); class 2 is nowhere.
    [Fact]
    public void F1_scores_are_those_worked_by_hand()
    {
        using var scope = new TensorScope();
        Tensor features = Tensor.From(new double[,] { { 1, 0 }, { 0, 1 }, { 0, 1 } }), head = Tensor.From(new double[,] { { 1, 0 }, { 0, 1 }, { 0, 0 } });
        double[] scores = Bristle.Scores(features, head, [0, 0, 1], 3);
        Assert.Equal(2 / 3.0, scores[0], 1e-12);
        Assert.Equal(2 / 3.0, scores[1], 1e-12);
        Assert.Equal(0, scores[2]);
    }

    // A peer as good as the client: s = 0, so 10 σ(0) − 4 = 1 times its certainty, 0.8 without a deviation.
    [Fact]
    public void A_peer_that_is_as_good_counts_as_the_client_itself_times_its_certainty() =>
        Assert.All(Bristle.Weights([0.8, 0.8, 0], [0.8, 0.8, 0], [true, true, false], 2), w => Assert.Equal(0.8, w, 1e-12));

    // d = 2; better by it: s = 2^3.6 with weight 10 σ(s / 100) − 4; worse: −2^4.6. Certainty: mean 0.6, deviation 0.2.
    [Fact]
    public void A_better_class_weighs_more_and_a_worse_one_less()
    {
        double[] weights = Bristle.Weights([0.6, 0.6, 0.1], [0.8, 0.4, 0.9], [true, true, false], 2);
        Assert.Equal(0.4 * ((10 / (1 + Math.Exp(-Math.Pow(2, 3.6) / 100))) - 4), weights[0], 1e-9);
        Assert.Equal(0.4 * ((10 / (1 + Math.Exp(Math.Pow(2, 4.6) / 100))) - 4), weights[1], 1e-9);
        Assert.Equal(0.4 * ((10 / (1 + Math.Exp((Math.Pow(2, 4.6) - Math.Pow(2, 3.6)) / 100))) - 4), weights[2], 1e-9);
    }

    [Fact]
    public void A_peer_that_is_wrong_about_everything_weighs_nothing() =>
        Assert.All(Bristle.Weights([0.9, 0.9], [0, 0], [true, true], 2), w => Assert.Equal(0, w));
}
