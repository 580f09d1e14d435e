using Retort.Models;
using Retort.Models.Generative;
using Retort.Models.Graphs;
using Retort.Models.Multimodal;
using Retort.Models.Text;
using Retort.Models.Vision;

namespace Retort.Tests.Export;

/// <summary>Every architecture of the catalogue, small, in onnxruntime.</summary>
[Collection("default generator")]
public sealed class OnnxZooTests(OnnxZooTests.Zoo zoo) : IClassFixture<OnnxZooTests.Zoo>
{
    // One of each family and of each variant that runs other operators.
    private static readonly Dictionary<string, (ModelOptions Options, long[] Shape)> Small = new(StringComparer.Ordinal)
    {
        ["mlp"] = (new MlpOptions { InChannels = 1, ImageSize = 12, Hidden = [16, 8] }, [1, 12, 12]),
        ["mlp-vectors"] = (new MlpOptions { InFeatures = 7, Hidden = [] }, [7]),
        ["small-cnn"] = (new SmallCnnOptions { InChannels = 1, Width = 4 }, [1, 28, 28]),
        ["cifar-resnet"] = (new CifarResNetOptions { Depth = 14, Width = 4, StemChannels = 4 }, [3, 28, 28]),
        ["wide-resnet"] = (new WideResNetOptions { Depth = 16, Widen = 1, DropRate = 0.3 }, [3, 28, 28]),
        ["cifar-vgg"] = (new CifarVggOptions { Width = 4, Convolutions = [1, 2, 1, 1, 1] }, [3, 28, 28]),
        ["cifar-vgg-64"] = (new CifarVggOptions { Width = 4, BatchNorm = false }, [3, 64, 64]),
        ["vgg"] = (new VggOptions { Convolutions = [1, 2], Channels = [4, 6], Hidden = 8 }, [3, 32, 32]),
        ["vgg-odd"] = (new VggOptions { Convolutions = [1, 1], Channels = [4, 6], Hidden = 8 }, [3, 44, 37]),
        ["resnet"] = (new ResNetOptions { Width = 4, Blocks = [1, 2] }, [3, 40, 40]),
        ["resnet-bottleneck"] = (new ResNetOptions { Width = 4, Blocks = [2, 1], Bottleneck = true, SmallInput = true }, [3, 16, 16]),
        ["mobilenet-v2"] = (new MobileNetV2Options { WidthMultiplier = 0.2, SmallInput = true }, [3, 32, 32]),
        ["shufflenet-v2"] = (new ShuffleNetV2Options { Blocks = [1, 2, 1], Channels = [4, 8, 8, 12, 16] }, [3, 64, 64]),
        ["vit"] = (new VisionTransformerOptions { ImageSize = 28, PatchSize = 7, Width = 32, Depth = 2, Heads = 2 }, [3, 28, 28]),
        ["vit-average"] = (
            new VisionTransformerOptions { ImageSize = 14, PatchSize = 7, Width = 16, Depth = 1, Heads = 2, Pooling = TokenPooling.Average },
            [3, 14, 14]),
        ["mixer"] = (new MlpMixerOptions { InChannels = 1, ImageSize = 28, PatchSize = 7, Width = 32, Depth = 2 }, [1, 28, 28]),
        ["two-tower"] = (new TwoTowerOptions { InFeatures = 24, Width = 6, Embedding = 4 }, [1, 4, 6]),
        ["segmenter"] = (new SegmenterOptions { Width = 3, BlankChannels = 1 }, [3, 14, 21]),
        ["detector"] = (new DetectorOptions { Width = 3, Classes = 4 }, [3, 16, 24]),
        ["convnet"] = (new ConvNetOptions { InChannels = 1, ImageSize = 14, Depth = 2, Width = 4 }, [1, 14, 14]),
        ["convnext"] = (new ConvNextOptions { Blocks = [1, 2], Channels = [8, 12], PatchSize = 2 }, [3, 28, 28]),
        ["linear-generator"] = (new LinearGeneratorOptions { Features = 5 }, [5]),
    };

    public static TheoryData<string> Names() => [.. Small.Keys];

    [SkippableTheory]
    [MemberData(nameof(Names))]
    public void A_model_gives_the_same_logits_in_onnxruntime(string name) => zoo.Require(name);

    [Fact]
    public void Every_family_that_takes_numbers_has_a_case()
    {
        // Students are exported with one input of float32: readers of text take tokens, which are integers, and denoisers a
        // noise level beside the sample. What reads a graph takes int64 rows of it, and n-grams are counted in bytes. Particles and
        // scenes are what was found, and no function to be run elsewhere.
        Type[] others =
        [
            typeof(GptOptions), typeof(DualEncoderOptions), typeof(KernelRankerOptions), typeof(MixtureDenoiserOptions),
            typeof(MlpDenoiserOptions), typeof(UnetDenoiserOptions), typeof(PointsOptions), typeof(SplatsOptions),
            typeof(GcnOptions), typeof(GinOptions), typeof(NgramClassifierOptions),
        ];
        IEnumerable<Type> families = ModelCatalog.All.Select(entry => entry.Defaults.GetType()).Distinct().Except(others);
        Assert.Empty(families.Except(Small.Values.Select(s => s.Options.GetType())));
    }

    public sealed class Zoo() : OnnxAgreement(Small.ToDictionary(s => s.Key, s => new OnnxCase(s.Value.Options.Build, s.Value.Shape)));
}
