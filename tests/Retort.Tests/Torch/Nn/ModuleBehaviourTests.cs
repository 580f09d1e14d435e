using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Tests.Torch.Nn;

[Collection("default generator")]
public sealed class ModuleBehaviourTests
{
    [Fact]
    public void Relu6_stops_at_six()
    {
        using var scope = new TensorScope();
        Assert.Equal([0f, 2f, 6f], new Relu6().Call(Tensor.From(new float[] { -1, 2, 8 })).ToArray<float>());
    }

    // With one channel both layouts have the same order of elements, so only the strides can tell.
    [Theory]
    [InlineData(1, 3), InlineData(4, 1), InlineData(4, 3)]
    public void A_network_laid_out_channels_last_gives_such_maps_and_the_same_values(int channels, int kernel)
    {
        using var scope = new TensorScope();
        Engine.ManualSeed(3);
        using var net = new Sequential(new Conv2d(channels, 8, kernel, bias: false), new BatchNorm2d(8), new Relu());
        Tensor images = Tensor.Randn(null, 2, channels, 6, 5);
        Tensor expected = net.Call(images);
        net.To(MemoryFormat.ChannelsLast);
        Tensor found = net.Call(images);
        Assert.Equal(1, found.Strides[1]);
        Assert.Equal(0, (found - expected).Abs().Max().ToDouble(), 1e-5);
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.3)]
    [InlineData(1.0)]
    public void Dropout_zeroes_about_its_share_and_keeps_the_mean(double p)
    {
        using var scope = new TensorScope();
        Engine.ManualSeed(1);
        float[] values = new Dropout(p).Call(Tensor.Ones(20_000)).ToArray<float>();
        Assert.InRange(values.Count(v => v == 0) / 20_000.0, p - 0.02, p + 0.02);
        Assert.All(values.Where(v => v != 0), v => Assert.Equal(1 / (1 - p), v, 1e-5));
    }

    [Fact]
    public void Dropout2d_drops_whole_channels()
    {
        using var scope = new TensorScope();
        Engine.ManualSeed(2);
        Tensor sums = new Dropout2d(0.5).Call(Tensor.Ones(8, 32, 3, 3)).Sum([2, 3]);
        float[] values = sums.ToArray<float>();
        Assert.All(values, v => Assert.True(v is 0 or 18));
        Assert.Contains(0f, values);
        Assert.Contains(18f, values);
    }

    [Theory]
    [InlineData(0.25)]
    [InlineData(1.0)]
    public void Drop_path_drops_whole_samples(double p)
    {
        using var scope = new TensorScope();
        Engine.ManualSeed(3);
        float[] values = new DropPath(p).Call(Tensor.Ones(4_000, 2, 3)).Sum([1, 2]).ToArray<float>();
        Assert.InRange(values.Count(v => v == 0) / 4_000.0, p - 0.04, p + 0.04);
        Assert.All(values.Where(v => v != 0), v => Assert.Equal(6 / (1 - p), v, 1e-4));
    }

    [Fact]
    public void Evaluation_passes_through_dropout()
    {
        using var scope = new TensorScope();
        using var chain = new Sequential(new Dropout(0.9), new Dropout2d(0.9), new DropPath(0.9));
        chain.Eval();
        Assert.Equal(24, chain.Call(Tensor.Ones(2, 3, 2, 2)).Sum().ToDouble());
    }

    [Fact]
    public void Children_of_a_chain_are_named_by_place_and_can_be_replaced()
    {
        using var scope = new TensorScope();
        using var chain = new Sequential(new Linear(3, 4), new Relu(), new Linear(4, 2));
        Assert.Equal(["0.weight", "0.bias", "2.weight", "2.bias"], chain.StateDict().Keys);
        chain.ReplaceChild("2", new Linear(4, 5)).Dispose();
        Assert.Equal([1L, 5], chain.Call(Tensor.Ones(1, 3)).Shape);
    }

    [Fact]
    public void Lists_and_dictionaries_hold_modules_and_do_not_run()
    {
        using var scope = new TensorScope();
        using var list = new ModuleList(new Linear(2, 2, bias: false), new Linear(2, 3, bias: false));
        using var dictionary = new ModuleDict();
        dictionary.Add("projector", new Linear(2, 2, bias: false));
        Assert.Equal(["0.weight", "1.weight"], list.StateDict().Keys);
        Assert.Equal(["projector.weight"], dictionary.StateDict().Keys);
        Assert.IsType<Linear>(dictionary["projector"]);
        Assert.Throws<KeyNotFoundException>(() => dictionary["head"]);
        Assert.Throws<InvalidOperationException>(() => list.Call(Tensor.Ones(1, 2)));
        Assert.Throws<InvalidOperationException>(() => dictionary.Call(Tensor.Ones(1, 2)));
    }

    [Fact]
    public void Batch_norm_names_a_wrong_shape()
    {
        using var scope = new TensorScope();
        using var norm = new BatchNorm2d(3);
        var error = Assert.Throws<ShapeException>(() => norm.Call(Tensor.Ones(2, 3)));
        Assert.Equal("'input' [2, 3] of BatchNorm2d must have 4 dimensions.", error.Message);
    }

    [Fact]
    public void Batch_norm_counts_batches_only_while_training()
    {
        using var scope = new TensorScope();
        using var norm = new BatchNorm1d(3);
        norm.Call(Tensor.Ones(2, 3));
        norm.Call(Tensor.Ones(2, 3));
        norm.Eval();
        norm.Call(Tensor.Ones(2, 3));
        Assert.Equal(2, norm.BatchesTracked!.Value.ToInt64());
    }

    [Theory]
    [InlineData(0, 4, "inChannels")]
    [InlineData(4, 0, "outChannels")]
    [InlineData(4, 3, "groups")]
    public void Convolutions_name_the_argument_that_is_wrong(long inChannels, long outChannels, string argument)
    {
        var error = Assert.ThrowsAny<ArgumentException>(() => new Conv2d(inChannels, outChannels, 3, groups: 2));
        Assert.Contains(argument, error.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void A_kernel_of_three_numbers_does_not_fit_an_image()
    {
        var error = Assert.Throws<ArgumentException>(() => new Conv2d(3, 4, [3, 3, 3]));
        Assert.StartsWith("Has 3 numbers; must have 1 or 2.", error.Message, StringComparison.Ordinal);
    }
}
