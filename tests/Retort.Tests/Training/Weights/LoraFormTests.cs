using Retort.Torch;
using Retort.Torch.Nn;
using Retort.Training;
using Retort.Training.Weights;

namespace Retort.Tests.Training.Weights;

[Collection("default generator")]
public sealed class LoraFormTests
{
    [Fact]
    public void It_begins_at_the_network_and_moves_nothing_of_it()
    {
        using var scope = new TensorScope();
        using Sequential net = Nets.Mlp(1);
        net.Eval();
        float[] before = Nets.Values(net.Find("0")), head = Nets.Values(net.Find("3"));
        Tensor plain = net.Call(Nets.Batch(4).Input);
        using var trainer = new SupervisedTrainer(QuantizedFormTests.Setup(net, new LoraChoice { Rank = 2 }), Nets.Batch(1));
        net.Eval();
        using (IDisposable? asLeft = trainer.AsLeft())
            Assert.True(plain.Allclose(net.Call(Nets.Batch(4).Input)));
        QuantizedFormTests.Step(trainer, 0);
        QuantizedFormTests.Step(trainer, 1);
        Assert.Equal(before, Nets.Values(net.Find("0")));
        Assert.Equal(head, Nets.Values(net.Find("3")));
        net.Eval();
        Tensor worn, bare = net.Call(Nets.Batch(4).Input);
        using (IDisposable? asLeft = trainer.AsLeft())
            worn = net.Call(Nets.Batch(4).Input);
        Assert.False(bare.Allclose(worn, rtol: 1e-3, atol: 1e-3));
        trainer.Conclude();
        Assert.True(worn.Allclose(net.Call(Nets.Batch(4).Input), rtol: 1e-5, atol: 1e-6));
    }

    // (α / r) B·A with α = 6, r = 2 is three times the product.
    [Fact]
    public void What_is_added_is_the_scaled_product()
    {
        using var scope = new TensorScope();
        using Sequential net = Nets.Mlp(1);
        Tensor before = net.StateDict()["0.weight"].Detach().Clone();
        using WeightForm form = new LoraChoice { Rank = 2, Alpha = 6, Adapt = ["0"] }.Create(net);
        IReadOnlyDictionary<string, Tensor> parts = form.Parts.StateDict();
        Assert.Equal(["0/weight:down", "0/weight:up"], parts.Keys);
        using (Autograd.NoGrad())
            parts["0/weight:up"].CopyInPlace(Tensor.Ones(5, 2));
        form.Settle();
        Tensor sum = parts["0/weight:down"].Sum([0]) * 3;
        Assert.True(net.StateDict()["0.weight"].Detach().Allclose(before + sum, rtol: 1e-5, atol: 1e-6));
    }

    // 6 → 5 → 3 with biases and a batch norm: 30 + 5 + 10 + 15 + 3 = 63 numbers; factors of rank 1: 11, and the head whole: 18.
    [Fact]
    public void Whole_modules_train_beside_and_the_share_is_told()
    {
        using var scope = new TensorScope();
        using Sequential net = Nets.Mlp(1);
        float[] head = Nets.Values(net.Find("3"));
        using var trainer = new SupervisedTrainer(
            QuantizedFormTests.Setup(net, new LoraChoice { Rank = 1, Whole = ["3"] }), Nets.Batch(1));
        QuantizedFormTests.Step(trainer, 0);
        Assert.NotEqual(head, Nets.Values(net.Find("3")));
        trainer.Conclude();
        Assert.Equal([new("trained_share", 29.0 / 63)], trainer.Sizes);
    }

    [Fact]
    public void A_convolution_is_adapted_as_a_matrix_and_a_narrow_weight_has_its_own_rank()
    {
        using var scope = new TensorScope();
        using var net = new Sequential(new Conv2d(2, 3, kernel: 3));
        using WeightForm form = new LoraChoice { Rank = 8 }.Create(net);
        Assert.Equal([3, 18], form.Parts.StateDict()["0/weight:down"].Shape);
        Assert.Equal([3, 3], form.Parts.StateDict()["0/weight:up"].Shape);
    }

    [Fact]
    public void Modules_without_a_weight_are_refused()
    {
        using var scope = new TensorScope();
        using Sequential net = Nets.Mlp(1);
        Assert.Contains("none of the modules to adapt has a weight", Assert.Throws<ArgumentException>(
            () => new LoraChoice { Adapt = ["2"] }.Create(net)).Message, StringComparison.Ordinal);
    }
}
