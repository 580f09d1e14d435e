using Retort.Compression;
using Retort.Distillation;
using Retort.Recipes;
using Retort.Torch;
using Retort.Torch.Nn;
using Retort.Training;
using Retort.Training.Weights;

namespace Retort.Tests.Training.Weights;

[Collection("default generator")]
public sealed class QuantizedFormTests
{
    private static readonly StepClock First = new(0, 10, 5);

    // One step by hand: the loss is seen by the rounded weights, the step moves the others by its gradient.
    [Fact]
    public void A_step_moves_the_weights_by_the_gradient_at_the_rounded_ones()
    {
        using var scope = new TensorScope();
        using var net = new Sequential(new Linear(4, 3, bias: false));
        Parameter weight = net.Parameters().Single();
        Tensor before = weight.Value.Detach().Clone(), rounded = Quantization.Uniform(before, 4).Values;
        Tensor wanted = Tensor.Arange(3).To(DType.Float32);
        Tensor Loss(Tensor output) => (output - wanted).Square().Sum();
        using var trainer = new SupervisedTrainer(
            Nets.Setup(new Role("student", net), new Term(s => Loss(s.Student.Output))) with { Weights = new QuantizedChoice { Bits = 2 } },
            new Retort.Data.Batch(Tensor.Ones(2, 4), Tensor.Arange(2), Tensor.Arange(2)));
        using var meter = new TermMeter(trainer.FigureNames);
        trainer.Step(new Retort.Data.Batch(Tensor.Ones(2, 4), Tensor.Arange(2), Tensor.Arange(2)), First, meter);
        Tensor leaf = rounded.Clone().SetRequiresGrad();
        Loss(Tensor.Ones(2, 4).MatMul(leaf.Transpose(0, 1))).Backward();
        Tensor expected = before - (leaf.Grad! * 0.1);
        Assert.True(expected.Allclose(weight.Value.Detach(), rtol: 1e-5, atol: 1e-6));
        Assert.False(before.Allclose(rounded, rtol: 1e-2, atol: 1e-2));
    }

    [Fact]
    public void What_is_left_is_rounded_and_its_size_is_told()
    {
        using var scope = new TensorScope();
        using Sequential net = Nets.Mlp(1);
        using var trainer = new SupervisedTrainer(Setup(net, new QuantizedChoice { Bits = 2, Skip = ["3"] }), Nets.Batch(1));
        Step(trainer, 0);
        Assert.Empty(trainer.Sizes);
        Assert.True(Distinct(net, "0.weight") > 4);
        using (IDisposable? asLeft = trainer.AsLeft())
            Assert.Equal(4, Distinct(net, "0.weight"));
        Assert.True(Distinct(net, "0.weight") > 4);
        trainer.Conclude();
        Assert.Null(trainer.AsLeft());
        Assert.Equal(4, Distinct(net, "0.weight"));
        Assert.True(Distinct(net, "3.weight") > 4);
        Dictionary<string, double> sizes = trainer.Sizes.ToDictionary();
        double whole = new PackedSize(net).Bytes;
        Assert.Equal(Math.Ceiling(whole - (30 * 4) + (30 * 2 / 8.0) + 8), sizes["packed_bytes"]);
        Assert.InRange(sizes["code_bits"], 1, 2);
    }

    [Fact]
    public void Biases_are_rounded_where_that_is_asked()
    {
        using var scope = new TensorScope();
        using Sequential net = Nets.Mlp(1);
        using WeightForm form = new QuantizedChoice { Bits = 1, Biases = true }.Create(net);
        form.Settle();
        Assert.Equal(2, Distinct(net, "0.bias"));
        Assert.Equal(2, Distinct(net, "3.weight"));
    }

    [Fact]
    public void A_resumed_training_goes_on_to_the_same_bits()
    {
        using var scope = new TensorScope();
        using Sequential net = Nets.Mlp(1), other = Nets.Mlp(7);
        var options = new QuantizedChoice { Bits = 2 };
        using SupervisedTrainer trainer = new(Setup(net, options), Nets.Batch(1)), resumed = new(Setup(other, options), Nets.Batch(1));
        Step(trainer, 0);
        resumed.Load(trainer.State().ToDictionary(s => s.Key, s => s.Value.Clone()));
        Step(trainer, 1);
        Step(resumed, 1);
        Assert.Equal(Nets.Values(net), Nets.Values(other));
    }

    [Fact]
    public void A_step_leaves_no_tensor_behind()
    {
        using var scope = new TensorScope();
        using Sequential net = Nets.Mlp(1);
        using var trainer = new SupervisedTrainer(Setup(net, new QuantizedChoice { Stochastic = true }), Nets.Batch(1));
        Step(trainer, 0);
        long before = Tensor.LiveCount;
        Step(trainer, 1);
        Assert.Equal(before, Tensor.LiveCount);
    }

    [Fact]
    public void A_network_whose_every_weight_is_skipped_is_refused()
    {
        using var scope = new TensorScope();
        using Sequential net = Nets.Mlp(1);
        ArgumentException error = Assert.Throws<ArgumentException>(() => new QuantizedChoice { Skip = ["0", "3"] }.Create(net));
        Assert.Contains("all are skipped", error.Message, StringComparison.Ordinal);
    }

    internal static TrainingSetup Setup(Module net, WeightsOptions options)
    {
        var term = new Term(s => s.Student.Logits.CrossEntropyLoss(s.Labels));
        return Nets.Setup(new Role("student", net), term) with { Weights = options };
    }

    internal static void Step(SupervisedTrainer trainer, long step)
    {
        using var scope = new TensorScope();
        using var meter = new TermMeter(trainer.FigureNames);
        trainer.Train();
        trainer.Step(Nets.Batch(4), First with { Step = step }, meter);
    }

    private static int Distinct(Module net, string name) => net.StateDict()[name].ToArray<float>().Distinct().Count();
}
