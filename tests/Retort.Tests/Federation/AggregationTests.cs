using Retort.Federation;
using Retort.Methods.Federated;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Tests.Federation;

public sealed class AggregationTests
{
    // Weights 1 and 3: (1 · 2 + 3 · 6) / 4 = 5.
    [Fact]
    public void A_mean_weighs_parameters_and_running_statistics_and_takes_the_first_one_s_counters()
    {
        using var scope = new TensorScope();
        using BatchNorm1d first = Filled(2, 4), second = Filled(6, 9);
        IReadOnlyDictionary<string, Tensor> mean = AggregationOptions.Mean([first, second], [1, 3]);
        Assert.Equal([5, 5], mean["weight"].ToArray<float>());
        Assert.Equal([5, 5], mean["running_mean"].ToArray<float>());
        Assert.Equal(4, mean["num_batches_tracked"].ToInt64());
        Assert.Equal([2, 2], first.StateDict()["weight"].ToArray<float>());
        Assert.Throws<ArgumentException>(() => AggregationOptions.Mean([first, second], [0, 0]));

        static BatchNorm1d Filled(double value, long batches)
        {
            var layer = new BatchNorm1d(2);
            using GradMode off = Autograd.NoGrad();
            foreach ((string name, Tensor tensor) in layer.StateDict())
                tensor.FillInPlace(name == "num_batches_tracked" ? batches : value);
            return layer;
        }
    }

    // KL(e_1 ‖ e_2) = 0.8 ln 4 + 0.2 ln(1/4) = 0.6 ln 4, both ways; at sharpness b the weights are 1 and 4^(−0.6 b), normalised.
    [Fact]
    public void Knowledge_is_weighed_by_the_divergence_of_the_estimates()
    {
        using var scope = new TensorScope();
        Tensor estimates = Tensor.From(new[,] { { 0.8, 0.2 }, { 0.2, 0.8 } });
        double other = Math.Pow(4, -0.6 * 2), own = 1 / (1 + other);
        double[] found = KnowledgeFusion.Weights(estimates, 2).ToArray<double>();
        Assert.Equal(own, found[0], 1e-5);
        Assert.Equal(1 - own, found[1], 1e-5);
        Assert.Equal(own, found[3], 1e-5);
        Assert.All(KnowledgeFusion.Weights(estimates, 0).ToArray<double>(), w => Assert.Equal(0.5, w, 1e-12));
        Assert.Equal(1, KnowledgeFusion.Weights(Tensor.From(new[,] { { 1.0, 0 }, { 0, 1 } }), 1e3).ToArray<double>()[0], 1e-12);
    }
}
