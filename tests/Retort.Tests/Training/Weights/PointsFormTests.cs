using Retort.Compression;
using Retort.Torch;
using Retort.Torch.Nn;
using Retort.Training;
using Retort.Training.Weights;

namespace Retort.Tests.Training.Weights;

[Collection("default generator")]
public sealed class PointsFormTests
{
    [Fact]
    public void Only_points_move_and_they_stay_in_order()
    {
        using var scope = new TensorScope();
        using Sequential net = Nets.Mlp(1);
        float[] before = net.StateDict()["0.weight"].ToArray<float>(), bias = net.StateDict()["3.bias"].ToArray<float>();
        TrainingSetup setup = QuantizedFormTests.Setup(net, new PointsChoice { Count = 6 });
        using var trainer = new SupervisedTrainer(
            setup with { Optimizer = new Retort.Training.Optimizers.SgdChoice { Lr = 20, Momentum = 0 } }, Nets.Batch(1));
        Dictionary<string, float[]> begin = Points(trainer);
        for (int step = 0; step < 3; step++)
            QuantizedFormTests.Step(trainer, step);
        Dictionary<string, float[]> end = Points(trainer);
        Assert.Equal(["weights/0/weight:points", "weights/3/weight:points"], begin.Keys);
        Assert.All(begin.Keys, name => Assert.NotEqual(begin[name], end[name]));
        Assert.All(end.Values, points => Assert.Equal(points.Order(), points));
        Assert.Equal(before, net.StateDict()["0.weight"].ToArray<float>());
        Assert.Equal(bias, net.StateDict()["3.bias"].ToArray<float>());
        trainer.Conclude();
        Assert.InRange(net.StateDict()["0.weight"].ToArray<float>().Distinct().Count(), 2, 6);
        Assert.Equal(["packed_bytes", "code_bits"], trainer.Sizes.Select(s => s.Key));
    }

    [Fact]
    public void Without_a_step_it_is_rounding_to_quantiles()
    {
        using var scope = new TensorScope();
        using Sequential net = Nets.Mlp(1);
        Tensor weight = net.StateDict()["0.weight"].Detach().Clone();
        using WeightForm form = new PointsChoice { Count = 4 }.Create(net);
        form.Settle();
        Tensor expected = Quantization.Nearest(weight, Quantization.QuantilePoints(weight, 4)).Values;
        Assert.Equal(expected.ToArray<float>(), net.StateDict()["0.weight"].ToArray<float>());
    }

    // What reaches the first layer goes through a head of small weights; four points stay with each, and eight are shared.
    [Fact]
    public void Points_go_where_the_gradient_is_large()
    {
        using var scope = new TensorScope();
        using Sequential net = Nets.Mlp(1);
        using (Autograd.NoGrad())
            net.Find("3").OwnParameters[0].Value.MulInPlace(0.01);
        using var trainer = new SupervisedTrainer(QuantizedFormTests.Setup(net, new PointsChoice { Count = 8, ByGradient = true }), Nets.Batch(1));
        int[] counts = [.. Points(trainer).Values.Select(p => p.Length)];
        Assert.Equal(16, counts.Sum());
        Assert.True(counts[1] > 2 * counts[0], string.Join(", ", counts));
        Assert.DoesNotContain(net.Parameters(), p => p.Trainable);
        QuantizedFormTests.Step(trainer, 0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_resumed_training_goes_on_to_the_same_bits(bool byGradient)
    {
        using var scope = new TensorScope();
        using Sequential net = Nets.Mlp(1), other = Nets.Mlp(1);
        var options = new PointsChoice { ByGradient = byGradient };
        using SupervisedTrainer trainer = new(QuantizedFormTests.Setup(net, options), Nets.Batch(1));
        using SupervisedTrainer resumed = new(QuantizedFormTests.Setup(other, options), Nets.Batch(1));
        QuantizedFormTests.Step(trainer, 0);
        resumed.Load(trainer.State().ToDictionary(s => s.Key, s => s.Value.Clone()));
        QuantizedFormTests.Step(trainer, 1);
        QuantizedFormTests.Step(resumed, 1);
        Assert.Equal(Points(trainer).Values, Points(resumed).Values);
        Assert.Equal(Nets.Values(net), Nets.Values(other));
    }

    private static Dictionary<string, float[]> Points(SupervisedTrainer trainer) =>
        trainer.Parts.ToDictionary(p => p.Key, p => p.Value.ToArray<float>());
}
