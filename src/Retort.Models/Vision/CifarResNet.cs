using System.Globalization;
using Retort.Torch.Nn;

namespace Retort.Models.Vision;

/// <summary>The ResNets for small images: three stages at full, half and quarter resolution.</summary>
/// <remarks>
/// <para>He et al., arXiv:1512.03385, section 4.2; the wider 8x4 and 32x4 are those of Tian et al., arXiv:1910.10699.</para>
/// <para>[N, C, H, W] → [N, classes]; any H and W from 4 on, 28 and 32 being usual.</para>
/// <para>Parameters carry the names that CIFAR distillation code shares (RepDistiller, mdistiller): <c>conv1</c>, <c>bn1</c>,
/// <c>layer1.0.conv1</c>, …, <c>fc</c>. Shortcuts that change shape are 1 × 1 convolutions.</para>
/// </remarks>
public sealed class CifarResNet : Sequential, IHasFeatures
{
    internal CifarResNet(CifarResNetOptions options)
    {
        int stem = options.StemChannels, width = options.Width;
        Add("conv1", new Conv2d(options.InChannels, stem, kernel: 3, padding: 1, bias: false));
        Add("bn1", new BatchNorm2d(stem));
        Add("relu", new Relu());
        Add("layer1", Stage(stem, width, options.Depth, stride: 1));
        Add("layer2", Stage(width, 2 * width, options.Depth, stride: 2));
        Add("layer3", Stage(2 * width, 4 * width, options.Depth, stride: 2));
        Add("avgpool", new AdaptiveAvgPool2d(1));
        Add("flatten", new Flatten());
        Add("fc", new Linear(4 * width, options.Classes));
        Initialization.ConvolutionsByFanOut(this);
    }

    /// <inheritdoc/>
    public string LastFeature => "flatten";

    /// <inheritdoc/>
    public IReadOnlyList<string> Stages { get; } = ["layer1", "layer2", "layer3"];

    /// <inheritdoc/>
    public string Head => "fc";

    private static Sequential Stage(int inChannels, int channels, int depth, int stride) => new(
        Enumerable.Range(0, (depth - 2) / 6).Select(block => block == 0
            ? new BasicBlock(inChannels, channels, stride)
            : new BasicBlock(channels, channels)));
}

/// <summary>What a recipe may give a CIFAR ResNet.</summary>
public sealed record CifarResNetOptions : ModelOptions
{
    /// <summary>Layers, 6n + 2: three stages of n blocks of two convolutions, the stem and the head.</summary>
    public int Depth { get; init; } = 20;

    /// <summary>Channels of the first stage; the others have twice and four times as many.</summary>
    public int Width { get; init; } = 16;

    /// <summary>Channels of the convolution before the stages.</summary>
    public int StemChannels { get; init; } = 16;

    /// <summary>The options that a name of the catalogue stands for.</summary>
    [Model("cifar-resnet8")]
    [Model("cifar-resnet14")]
    [Model("cifar-resnet20")]
    [Model("cifar-resnet32")]
    [Model("cifar-resnet44")]
    [Model("cifar-resnet56")]
    [Model("cifar-resnet110")]
    [Model("cifar-resnet8x4")]
    [Model("cifar-resnet32x4")]
    public static CifarResNetOptions Named(string name)
    {
        string[] numbers = name["cifar-resnet".Length..].Split('x');
        int depth = int.Parse(numbers[0], CultureInfo.InvariantCulture);
        return numbers.Length == 1
            ? new CifarResNetOptions { Depth = depth }
            : new CifarResNetOptions { Depth = depth, Width = 64, StemChannels = 32 };
    }

    /// <inheritdoc/>
    protected override void Validate()
    {
        RequireDepth(Depth, 6, 2, nameof(Depth));
        RequireAtLeast(Width, 1, nameof(Width));
        RequireAtLeast(StemChannels, 1, nameof(StemChannels));
    }

    /// <inheritdoc/>
    protected override Module Create() => new CifarResNet(this);
}
