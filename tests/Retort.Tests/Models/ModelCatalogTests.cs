using Retort.Models;
using Retort.Models.Vision;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Tests.Models;

/// <summary>What every model of the catalogue must do, whatever its family.</summary>
[Collection("default generator")]
public sealed class ModelCatalogTests
{
    // One of each family and of each variant that runs other code, small enough to train a step at once.
    private static readonly Dictionary<string, (ModelOptions Options, long[] Shape)> Small = new(StringComparer.Ordinal)
    {
        ["mlp"] = (new MlpOptions { InChannels = 1, ImageSize = 12, Hidden = [16, 8], Classes = 4 }, [3, 1, 12, 12]),
        ["mlp-vectors"] = (new MlpOptions { InFeatures = 7, Hidden = [], Classes = 4 }, [3, 7]),
        ["small-cnn"] = (new SmallCnnOptions { InChannels = 1, Width = 4, Classes = 4 }, [3, 1, 28, 28]),
        ["small-cnn-deep"] = (new SmallCnnOptions { InChannels = 1, Width = 4, Depths = [1, 3, 2], Classes = 4 }, [3, 1, 28, 28]),
        ["convnet"] = (new ConvNetOptions { ImageSize = 14, Depth = 2, Width = 6, Classes = 4 }, [3, 3, 14, 14]),
        ["convnet-batch"] = (
            new ConvNetOptions { InChannels = 1, ImageSize = 28, Width = 6, Norm = ConvNetNorm.Batch, Pooling = ConvNetPooling.Max, Classes = 4 },
            [3, 1, 28, 28]),
        ["cifar-resnet"] = (new CifarResNetOptions { Depth = 14, Width = 4, StemChannels = 4, Classes = 4 }, [3, 3, 28, 28]),
        ["wide-resnet"] = (new WideResNetOptions { Depth = 16, Widen = 1, DropRate = 0.3, Classes = 4 }, [3, 3, 28, 28]),
        ["cifar-vgg"] = (new CifarVggOptions { Width = 4, Convolutions = [1, 2, 1, 1, 1], Classes = 4 }, [3, 3, 28, 28]),
        ["cifar-vgg-64"] = (new CifarVggOptions { Width = 4, BatchNorm = false, Classes = 4 }, [3, 3, 64, 64]),
        ["vgg"] = (new VggOptions { Convolutions = [1, 2], Channels = [4, 6], Hidden = 8, Classes = 4 }, [3, 3, 32, 32]),
        ["resnet"] = (new ResNetOptions { Width = 4, Blocks = [1, 2], Classes = 4 }, [3, 3, 40, 40]),
        ["resnet-small-input"] =
            (new ResNetOptions { Width = 4, Blocks = [2, 1], Bottleneck = true, SmallInput = true, Classes = 4 }, [3, 3, 16, 16]),
        ["mobilenet-v2"] = (new MobileNetV2Options { WidthMultiplier = 0.2, SmallInput = true, Classes = 4 }, [3, 3, 32, 32]),
        ["shufflenet-v2"] = (
            new ShuffleNetV2Options { Blocks = [1, 2, 1], Channels = [4, 8, 8, 12, 16], SmallInput = true, Classes = 4 },
            [3, 3, 32, 32]),
        ["vit"] = (
            new VisionTransformerOptions
            {
                InChannels = 1,
                ImageSize = 28,
                PatchSize = 7,
                Width = 32,
                Depth = 2,
                Heads = 2,
                DropPathRate = 0.1,
                Classes = 4,
            },
            [3, 1, 28, 28]),
        ["mixer"] = (
            new MlpMixerOptions { InChannels = 1, ImageSize = 28, PatchSize = 7, Width = 32, Depth = 2, Classes = 4 },
            [3, 1, 28, 28]),
        ["convnext"] = (
            new ConvNextOptions { Blocks = [1, 2], Channels = [8, 12], PatchSize = 2, DropPathRate = 0.1, Classes = 4 },
            [3, 3, 28, 28]),
    };

    public static TheoryData<string> SmallNames() => [.. Small.Keys];

    public static TheoryData<string> AllNames() => [.. ModelCatalog.All.Select(entry => entry.Name)];

    [Theory]
    [MemberData(nameof(SmallNames))]
    public void A_training_step_reaches_every_parameter(string name)
    {
        using var scope = new TensorScope();
        Engine.ManualSeed(1);
        (ModelOptions options, long[] shape) = Small[name];
        using Module model = options.Build();
        Tensor logits = model.Call(FactInput(shape));
        Assert.Equal([shape[0], 4L], logits.Shape);
        logits.LogSoftmax(1).Select(1, 0).Mean().Neg().Backward();
        foreach ((string path, Parameter parameter) in model.NamedParameters())
        {
            Assert.True(parameter.Value.Grad is not null, $"{path} has no gradient.");
            Assert.True(double.IsFinite(parameter.Value.Grad!.Sum().ToDouble()), $"{path} has a gradient that is not finite.");
        }
    }

    [Theory]
    [MemberData(nameof(SmallNames))]
    public void Evaluation_is_the_same_twice_and_for_each_sample_alone(string name)
    {
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        Engine.ManualSeed(2);
        (ModelOptions options, long[] shape) = Small[name];
        using Module model = options.Build();
        model.Eval();
        Tensor input = FactInput(shape);
        Tensor logits = model.Call(input);
        Assert.Equal(logits.ToArray<float>(), model.Call(input).ToArray<float>());
        Assert.True(logits.Narrow(0, 1, 1).Allclose(model.Call(input.Narrow(0, 1, 1)), rtol: 1e-4, atol: 1e-5));
    }

    [Theory]
    [MemberData(nameof(SmallNames))]
    public void A_state_dict_carries_the_whole_model(string name)
    {
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        (ModelOptions options, long[] shape) = Small[name];
        Engine.ManualSeed(3);
        using Module first = options.Build();
        first.Call(FactInput(shape));
        using Module second = options.Build();
        second.LoadStateDict(first.StateDict());
        first.Eval();
        second.Eval();
        Assert.Equal(first.Call(FactInput(shape)).ToArray<float>(), second.Call(FactInput(shape)).ToArray<float>());
    }

    [Theory]
    [MemberData(nameof(SmallNames))]
    public void Last_feature_stages_and_head_are_taps(string name)
    {
        using var scope = new TensorScope();
        (ModelOptions options, long[] shape) = Small[name];
        using Module model = options.Build();
        var features = Assert.IsType<IHasFeatures>(model, exactMatch: false);
        Tensor? feature = null;
        using IDisposable tap = model.Find(features.LastFeature).OnOutput(output =>
        {
            feature = output;
            return null;
        });
        var seen = new List<string>();
        foreach (string stage in features.Stages)
            model.Find(stage).OnOutput(_ =>
            {
                seen.Add(stage);
                return null;
            });
        model.Eval();
        Tensor logits = model.Call(FactInput(shape));
        Assert.Equal(features.Stages, seen);
        var head = Assert.IsType<Linear>(model.Find(features.Head));
        Assert.Equal([shape[0], head.InFeatures], feature!.Shape);
        Assert.True(logits.Allclose(head.Call(feature)));
    }

    [Theory]
    [MemberData(nameof(SmallNames))]
    public void Steps_leave_no_tensor_behind(string name)
    {
        (ModelOptions options, long[] shape) = Small[name];
        using Module model = options.Build();
        Step();
        long before = Tensor.LiveCount;
        for (int i = 0; i < 3; i++)
            Step();
        Assert.Equal(before, Tensor.LiveCount);

        void Step()
        {
            using var scope = new TensorScope();
            model.Call(FactInput(shape)).Sum().Backward();
            model.ZeroGrad();
        }
    }

    [Theory]
    [MemberData(nameof(SmallNames))]
    public void A_traced_graph_takes_any_batch(string name)
    {
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        (ModelOptions options, long[] shape) = Small[name];
        using Module model = options.Build();
        model.Eval();
        using ScriptModule traced = ScriptModule.Trace(model, FactInput(shape));
        foreach (long batch in new long[] { 1, 5 })
        {
            Tensor input = FactInput([batch, .. shape[1..]]);
            Assert.True(traced.Call(input)[0].Allclose(model.Call(input), rtol: 1e-4, atol: 1e-5), $"batch {batch}");
        }
    }

    [Theory]
    [MemberData(nameof(SmallNames))]
    public void Every_module_can_be_replaced(string name)
    {
        using var scope = new TensorScope();
        using Module model = Small[name].Options.Build();
        var calls = new HashSet<string>();
        foreach ((string path, Module _) in model.NamedModules().Skip(1).ToList())
        {
            int dot = path.LastIndexOf('.');
            Module parent = model.Find(dot < 0 ? "" : path[..dot]);
            // A wrapper, so that what is below stays where it is.
            parent.ReplaceChild(path[(dot + 1)..], new Wrapper(parent.Find(path[(dot + 1)..]), path, calls));
        }
        Tensor logits = model.Call(FactInput(Small[name].Shape));
        Assert.Equal(4, logits.Size(1));
        Assert.Contains(((IHasFeatures)model).Head, calls);
    }

    [Theory]
    [MemberData(nameof(AllNames))]
    public void Every_name_builds_with_its_own_defaults(string name)
    {
        using var scope = new TensorScope();
        using IDisposable unset = Init.Skip();
        using Module model = ModelCatalog.Find(name)!.Build();
        // A dual encoder has no head: its score is the product of two of its features. What only makes samples has no layers.
        if (name is not ("dual-encoder" or "linear-generator" or "points" or "splats") && ModelCatalog.Find(name)!.Defaults.HasWeights)
            Assert.IsType<IHasFeatures>(model, exactMatch: false);
        Assert.Matches("^[a-z0-9]+(-[a-z0-9]+)*$", name);
    }

    [Fact]
    public void The_bench_teacher_has_its_published_size()
    {
        using var scope = new TensorScope();
        using Module model = new SmallCnnOptions { InChannels = 1, Width = 24 }.Build();
        Assert.Equal(53_362, model.ParameterCount());
    }

    [Fact]
    public void An_unknown_name_is_not_found() => Assert.Null(ModelCatalog.Find("resnet19"));

    [Theory]
    [MemberData(nameof(BadOptions))]
    public void Options_out_of_range_are_named(ModelOptions options, string expected)
    {
        var error = Assert.ThrowsAny<ArgumentException>(() => options.Build());
        Assert.StartsWith(expected, error.Message, StringComparison.Ordinal);
    }

    public static TheoryData<ModelOptions, string> BadOptions() => new()
    {
        { new CifarResNetOptions { Depth = 21 }, "Must be 6·n + 2: 8, 14, 20, … (Parameter 'Depth')" },
        { new WideResNetOptions { Depth = 4 }, "Must be 6·n + 4: 10, 16, 22, … (Parameter 'Depth')" },
        { new SmallCnnOptions { Classes = 0 }, "Must be at least 1. (Parameter 'Classes')" },
        { new MobileNetV2Options { DropRate = 1 }, "Must be at least 0 and below 1. (Parameter 'DropRate')" },
        { new VisionTransformerOptions { ImageSize = 28 }, "PatchSize (16) must divide ImageSize (28)." },
        { new VisionTransformerOptions { ClassToken = false }, "There is no class token to pool; set pooling to average." },
        { new ShuffleNetV2Options { Channels = [24, 48] }, "Has 2 numbers; must have 5. (Parameter 'Channels')" },
        { new ShuffleNetV2Options { Channels = [24, 47, 96, 192, 1024] }, "Must be even. (Parameter 'Channels')" },
        { new MobileNetV2Options { WidthMultiplier = double.NaN }, "Must be a positive number. (Parameter 'WidthMultiplier')" },
    };

    [Fact]
    public void A_wrong_image_size_is_named()
    {
        using var scope = new TensorScope();
        using Module model = Small["vit"].Options.Build();
        var error = Assert.Throws<ShapeException>(() => model.Call(Tensor.Ones(1, 1, 32, 32)));
        Assert.Equal("'input' [1, 1, 32, 32] must hold images of 28 × 28: [N, C, 28, 28].", error.Message);
    }

    // Shows the wrapped module's children as its own, so that paths below it still hold.
    private sealed class Wrapper : Module
    {
        private readonly Module _inner;
        private readonly string _path;
        private readonly HashSet<string> _calls;

        public Wrapper(Module inner, string path, HashSet<string> calls)
        {
            (_inner, _path, _calls) = (inner, path, calls);
            foreach ((string name, Module child) in inner.Children)
                Child(name, child);
        }

        protected override Tensor Forward(Tensor input)
        {
            _calls.Add(_path);
            return _inner.Call(input);
        }

        protected override void OnChildReplaced(string name, Module before, Module after) => _inner.ReplaceChild(name, after);
    }

    private static Tensor FactInput(long[] shape) => Retort.Tests.Torch.Nn.FactPattern.Source(shape).Detach().To(DType.Float32);
}
