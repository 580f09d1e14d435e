using Retort.Compression;
using Retort.Compression.Importances;
using Retort.Data;
using Retort.Models;
using Retort.Models.Vision;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Tests.Compression;

[Collection("default generator")]
public sealed class ChannelPruningTests
{
    // The same network with the channels that go set to zero must give the same logits as the one without them.
    [Theory]
    [InlineData("small-cnn")]
    [InlineData("cifar-resnet8")]
    [InlineData("convnet")]
    [InlineData("mlp")]
    [InlineData("mobilenet-v2")]
    public void A_network_without_channels_gives_what_it_gives_where_they_are_zero(string model)
    {
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        Engine.ManualSeed(2);
        using Module network = Network(model, large: true), smaller = Network(model, large: false);
        Tensor example = Tensor.Randn(null, 2, 1, 28, 28);
        foreach (BatchNorm norm in network.NamedModules().Select(m => m.Value).OfType<BatchNorm>())
        {
            norm.Weight!.Value.UniformInPlace(0.5, 2);
            norm.Bias!.Value.UniformInPlace(-1, 1);
            norm.RunningMean!.Value.UniformInPlace(-0.2, 0.2);
        }

        smaller.LoadStateDict(ChannelPruning.Cut(network, smaller, example, new Scattered(), new RandomStream(0)));
        Silence(network, smaller, example);
        network.Eval();
        smaller.Eval();
        Tensor whole = network.Call(example), cut = smaller.Call(example);
        Assert.True(smaller.ParameterCount() < 0.7 * network.ParameterCount());
        Assert.True(whole.Std().ToDouble() > 1e-3);
        Assert.True(whole.Allclose(cut, rtol: 1e-4, atol: 1e-5), $"{(whole - cut).Abs().Max().ToDouble()}");
    }

    // The norms of the filters are 3, 1, 2, 2: the second goes, and of two alike the earlier stays.
    [Fact]
    public void The_largest_filters_stay_in_their_order()
    {
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        using Sequential network = Chain(4), smaller = Chain(2);
        network.Find("0").OwnParameters[0].Value.CopyInPlace(Tensor.From(new float[] { -3, 0, 1, 0, 1, -1, 2, 0 }, [4, 2]));
        IReadOnlyDictionary<string, Tensor> cut =
            ChannelPruning.Cut(network, smaller, Tensor.Ones(1, 2), new FilterNorm(), new RandomStream(0));
        Assert.Equal([-3, 0, 1, -1], cut["0.weight"].ToArray<float>());
        float[] next = network.StateDict()["3.weight"].ToArray<float>();
        Assert.Equal([next[0], next[2], next[4], next[6], next[8], next[10]], cut["3.weight"].ToArray<float>());
    }

    [Fact]
    public void The_largest_scales_stay()
    {
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        using Sequential network = Chain(4), smaller = Chain(2);
        network.Find("1").OwnParameters[0].Value.CopyInPlace(Tensor.From(new[] { 0.1f, -2, 0.5f, 0.2f }));
        IReadOnlyDictionary<string, Tensor> cut =
            ChannelPruning.Cut(network, smaller, Tensor.Ones(1, 2), new NormScale(), new RandomStream(0));
        Assert.Equal([-2, 0.5f], cut["1.weight"].ToArray<float>());
    }

    [Fact]
    public void Chance_chooses_alike_for_one_seed_and_otherwise_for_another()
    {
        using var scope = new TensorScope();
        using Sequential network = Chain(64), smaller = Chain(8);
        float[] With(ulong seed) => ChannelPruning.Cut(
            network, smaller, Tensor.Ones(1, 2), new RandomImportance(), new RandomStream(seed))["0.weight"].ToArray<float>();
        Assert.Equal(With(1), With(1));
        Assert.NotEqual(With(1), With(2));
    }

    [Fact]
    public void What_cannot_be_cut_is_said()
    {
        using var scope = new TensorScope();
        using Sequential network = Chain(4), larger = Chain(6), bare = new(new Linear(2, 4), new Relu(), new Linear(4, 3));
        using var other = new Sequential(new Linear(2, 2), new BatchNorm1d(2), new Relu(), new Linear(2, 5));
        string Why(Module smaller, ImportanceOptions? by = null, Module? whole = null) => Assert.Throws<ArgumentException>(() => ChannelPruning.Cut(
            whole ?? network, smaller, Tensor.Ones(1, 2), by ?? new FilterNorm(), new RandomStream(0))).Message;
        Assert.Contains("of the 4 channels of '0.weight' 6 cannot stay", Why(larger), StringComparison.Ordinal);
        Assert.Contains("'3.weight' counts 3 channels of the network's input or output, and the smaller network 5", Why(other), StringComparison.Ordinal);
        Assert.Contains("the smaller network has '1.weight', and the larger one has not", Why(network, null, bare), StringComparison.Ordinal);
        using Sequential narrow = new(new Linear(2, 2), new Relu(), new Linear(2, 3));
        Assert.Contains("have no normalisation with a scale", Why(narrow, new NormScale(), bare), StringComparison.Ordinal);
    }

    [Fact]
    public void An_operation_that_is_not_understood_is_named()
    {
        using var scope = new TensorScope();
        using Module network = Named("shufflenet-v2-x0-5"), smaller = Named("shufflenet-v2-x0-5");
        Assert.Contains("how channels go through 'prim::ListConstruct'", Assert.Throws<ArgumentException>(() => ChannelPruning.Cut(
            network, smaller, Tensor.Randn(null, 1, 1, 64, 64), new FilterNorm(), new RandomStream(0))).Message, StringComparison.Ordinal);
    }

    private static Module Named(string model) => (ModelCatalog.Find(model)!.Defaults with { InChannels = 1 }).Build();

    private static Sequential Chain(int width) => new(new Linear(2, width), new BatchNorm1d(width), new Relu(), new Linear(width, 3));

    private static Module Network(string model, bool large)
    {
        ModelOptions options = model switch
        {
            "small-cnn" => new SmallCnnOptions { Width = large ? 6 : 4 },
            "cifar-resnet8" => new CifarResNetOptions { Depth = 8, Width = large ? 6 : 4, StemChannels = large ? 6 : 4 },
            "convnet" => new ConvNetOptions { ImageSize = 28, Depth = 2, Width = large ? 9 : 5 },
            "mlp" => new MlpOptions { Hidden = large ? [20, 9] : [11, 5] },
            _ => new MobileNetV2Options { SmallInput = true, WidthMultiplier = large ? 0.5 : 0.25 },
        };
        return (options with { InChannels = 1 }).Build();
    }

    private static void Silence(Module network, Module smaller, Tensor example)
    {
        IReadOnlyDictionary<string, Tensor> state = network.StateDict(), to = smaller.StateDict();
        foreach (ChannelGroup group in ChannelGroups.Of(network, example).Where(g => g.Axes.Count > 0))
        {
            ChannelAxis first = group.Axes[0];
            int kept = (int)(to[first.Name].Size(first.Axis) / first.Repeats);
            double[] importance = new Scattered().Of(group, state, new RandomStream(0)).ToArray<double>();
            long[] gone = [.. Enumerable.Range(0, importance.Length).OrderByDescending(k => importance[k]).Skip(kept).Select(k => (long)k)];
            foreach (ChannelAxis axis in group.Axes.Where(a => a.Use != ChannelUse.Input && gone.Length > 0))
                state[axis.Name].CopyInPlace(state[axis.Name].IndexFill(axis.Axis, Tensor.From(gone), 0));
        }
    }

    /// <summary>Any channels, the same for a group wherever it is asked.</summary>
    private sealed record Scattered : ImportanceOptions
    {
        public override Tensor Of(ChannelGroup group, IReadOnlyDictionary<string, Tensor> state, RandomStream random) => Tensor.From(
            Array.ConvertAll(new RandomStream((ulong)group.Axes[0].Name.Length).Permutation((int)group.Channels), k => (double)k));
    }
}
