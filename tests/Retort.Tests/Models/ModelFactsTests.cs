using System.Globalization;
using System.Text.Json;
using Retort.Models;
using Retort.Models.Vision;
using Retort.Tests.Torch.Nn;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Tests.Models;

/// <summary>Names, shapes and forward passes against torchvision, timm and the CIFAR networks of mdistiller.</summary>
public sealed class ModelFactsTests
{
    private static readonly Dictionary<string, JsonElement> Facts = FactPattern.Read("Models", "Fixtures", "forward.json");

    private static readonly Dictionary<string, Func<ModelOptions>> Layouts = new(StringComparer.Ordinal)
    {
        ["resnet18"] = () => Large("resnet18"),
        ["resnet34"] = () => Large("resnet34"),
        ["resnet50"] = () => Large("resnet50"),
        ["vgg11_bn"] = () => Large("vgg11-bn"),
        ["vgg13_bn"] = () => Large("vgg13-bn"),
        ["vgg16_bn"] = () => Large("vgg16-bn"),
        ["vgg19_bn"] = () => Large("vgg19-bn"),
        ["mobilenet_v2"] = () => Large("mobilenet-v2"),
        ["shufflenet_v2_x0_5"] = () => Large("shufflenet-v2-x0-5"),
        ["shufflenet_v2_x1_0"] = () => Large("shufflenet-v2-x1-0"),
        ["vit_tiny_patch16_224"] = () => Large("vit-tiny"),
        ["vit_small_patch16_224"] = () => Large("vit-small"),
        ["mixer_s32_224"] = () => Large("mixer-s32"),
        ["mixer_b16_224"] = () => Large("mixer-b16"),
        ["convnext_atto"] = () => Large("convnext-atto"),
        ["convnext_tiny"] = () => Large("convnext-tiny"),
        ["cifar-resnet8"] = () => Small("cifar-resnet8"),
        ["cifar-resnet20"] = () => Small("cifar-resnet20"),
        ["cifar-resnet56"] = () => Small("cifar-resnet56"),
        ["cifar-resnet8x4"] = () => Small("cifar-resnet8x4"),
        ["cifar-resnet32x4"] = () => Small("cifar-resnet32x4"),
        ["wrn-16-2"] = () => Small("wrn-16-2"),
        ["wrn-40-1"] = () => Small("wrn-40-1"),
        ["wrn-40-2"] = () => Small("wrn-40-2"),
        ["cifar-vgg8"] = () => Small("cifar-vgg8"),
        ["cifar-vgg13"] = () => Small("cifar-vgg13"),
        ["cifar-vgg19"] = () => Small("cifar-vgg19"),
    };

    private static readonly Dictionary<string, (ModelOptions Options, int Size)> Forwards = new(StringComparer.Ordinal)
    {
        ["resnet-basic"] = (new ResNetOptions { Blocks = [1, 1, 1, 1], Classes = 5 }, 64),
        ["resnet-bottleneck"] = (new ResNetOptions { Blocks = [1, 1, 1, 1], Bottleneck = true, Classes = 5 }, 64),
        ["vgg-torchvision"] = (
            new VggOptions { Convolutions = [1, 1, 2], Channels = [8, 16, 24], Hidden = 20, DropRate = 0, Classes = 5 }, 64),
        ["mobilenet-v2"] = (new MobileNetV2Options { WidthMultiplier = 0.25, DropRate = 0, Classes = 5 }, 64),
        ["shufflenet-v2"] = (new ShuffleNetV2Options { Blocks = [2, 3, 2], Channels = [8, 16, 32, 64, 48], Classes = 5 }, 64),
        ["vit-token"] = (TinyVit(), 16),
        ["vit-avg"] = (TinyVit() with { Pooling = TokenPooling.Average, ClassToken = false }, 16),
        ["mlp-mixer"] = (new MlpMixerOptions { ImageSize = 16, PatchSize = 4, Depth = 2, Width = 16, Classes = 5 }, 16),
        ["convnext-linear"] = (TinyConvNext(), 32),
        ["convnext-conv"] = (TinyConvNext() with { ConvMlp = true }, 32),
        ["cifar-resnet8"] = (new CifarResNetOptions { Depth = 8, Classes = 5 }, 32),
        ["wrn-10-2"] = (new WideResNetOptions { Depth = 10, Classes = 5 }, 32),
        ["cifar-vgg8"] = (new CifarVggOptions { Classes = 5 }, 32),
    };

    public static TheoryData<string> LayoutNames() => [.. Layouts.Keys];

    public static TheoryData<string> ForwardNames() => [.. Forwards.Keys];

    [Theory]
    [MemberData(nameof(LayoutNames))]
    public void Names_shapes_and_order_are_the_originals(string name)
    {
        using var scope = new TensorScope();
        using IDisposable unset = Init.Skip();
        using Module model = Layouts[name]().Build();
        string[] expected = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Models", "Fixtures", name + ".txt"));
        Assert.Equal(string.Join('\n', expected), Layout(model));
    }

    [Theory]
    [MemberData(nameof(ForwardNames))]
    public void Outputs_and_gradients_are_the_originals(string name)
    {
        using var scope = new TensorScope();
        (ModelOptions options, int size) = Forwards[name];
        using Module model = options.Build();
        FactPattern.Fill(model);
        foreach (string mode in new[] { "eval", "train" })
        {
            model.Train(mode == "train");
            Tensor input = FactPattern.Source([2, 3, size, size]);
            FactPattern.Check(Facts[$"{name}/{mode}"], model, () => [model.Call(input)], [input], tolerance: 1e-8);
        }
    }

    [Fact]
    public void Every_fact_has_a_test()
    {
        Assert.Equal(Facts.Keys.Select(key => key.Split('/')[0]).Distinct().Order(), Forwards.Keys.Order());
        string folder = Path.Combine(AppContext.BaseDirectory, "Models", "Fixtures");
        IEnumerable<string> files = Directory.EnumerateFiles(folder, "*.txt");
        Assert.Equal(files.Select(file => Path.GetFileNameWithoutExtension(file)).Order(), Layouts.Keys.Order());
    }

    private static VisionTransformerOptions TinyVit() =>
        new() { ImageSize = 16, PatchSize = 4, Width = 24, Depth = 2, Heads = 3, Classes = 5 };

    private static ConvNextOptions TinyConvNext() => new() { Blocks = [1, 1, 2, 1], Channels = [8, 16, 24, 32], Classes = 5 };

    private static ModelOptions Large(string name) => ModelCatalog.Find(name)!.Defaults with { Classes = 1000 };

    private static ModelOptions Small(string name) => ModelCatalog.Find(name)!.Defaults with { Classes = 100 };

    // The form of the fixtures: one line a module, its own state in order.
    private static string Layout(Module model)
    {
        var rows = new OrderedDictionary<string, List<string>>();
        foreach ((string name, Tensor tensor) in model.StateDict())
        {
            int dot = name.LastIndexOf('.');
            string path = dot < 0 ? "-" : name[..dot];
            if (!rows.TryGetValue(path, out List<string>? entries))
                rows.Add(path, entries = []);
            string shape = string.Join('x', tensor.Shape.Select(size => size.ToString(CultureInfo.InvariantCulture)));
            entries.Add($"{name[(dot + 1)..]}={shape}");
        }
        return string.Join('\n', rows.Select(row => $"{row.Key} {string.Join(' ', row.Value)}"));
    }
}
