using Retort.Torch.Nn;

namespace Retort.Models.Vision;

/// <summary>ResNet for large images, as torchvision has it; a small stem makes it fit for small ones.</summary>
/// <remarks>
/// <para>He et al., "Deep Residual Learning for Image Recognition", CVPR 2016, arXiv:1512.03385, table 1.</para>
/// <para>[N, C, H, W] → [N, classes]; any H and W, 224 being usual.</para>
/// <para>Parameters carry torchvision's names: <c>conv1</c>, <c>bn1</c>, <c>layer1.0.conv1</c>, …, <c>fc</c>.</para>
/// </remarks>
public sealed class ResNet : Sequential, IHasFeatures
{
    internal ResNet(ResNetOptions options)
    {
        int stem = options.Width;
        Add("conv1", options.SmallInput
            ? new Conv2d(options.InChannels, stem, kernel: 3, padding: 1, bias: false)
            : new Conv2d(options.InChannels, stem, kernel: 7, stride: 2, padding: 3, bias: false));
        Add("bn1", new BatchNorm2d(stem));
        Add("relu", new Relu());
        Add("maxpool", options.SmallInput ? new Identity() : new MaxPool2d(3, stride: 2, padding: 1));
        int expansion = options.Bottleneck ? Bottleneck.Expansion : 1, channels = stem;
        for (int stage = 0; stage < options.Blocks.Count; stage++)
        {
            int inner = options.Width << stage;
            Add($"layer{stage + 1}", Stage(channels, inner, options.Blocks[stage], stage == 0 ? 1 : 2, options.Bottleneck));
            channels = inner * expansion;
        }
        Add("avgpool", new AdaptiveAvgPool2d(1));
        Add("flatten", new Flatten());
        Add("fc", new Linear(channels, options.Classes));
        Stages = [.. Enumerable.Range(1, options.Blocks.Count).Select(stage => $"layer{stage}")];
        Initialization.ConvolutionsByFanOut(this);
    }

    /// <inheritdoc/>
    public string LastFeature => "flatten";

    /// <inheritdoc/>
    public IReadOnlyList<string> Stages { get; }

    /// <inheritdoc/>
    public string Head => "fc";

    private static Sequential Stage(int inChannels, int inner, int blocks, int stride, bool bottleneck) => new(
        Enumerable.Range(0, blocks).Select<int, Module>(block => (block, bottleneck) switch
        {
            (0, false) => new BasicBlock(inChannels, inner, stride),
            (_, false) => new BasicBlock(inner, inner),
            (0, true) => new Bottleneck(inChannels, inner, stride),
            (_, true) => new Bottleneck(inner * Bottleneck.Expansion, inner),
        }));
}

/// <summary>What a recipe may give a ResNet for large images.</summary>
public sealed record ResNetOptions : ModelOptions
{
    /// <summary>Blocks of each stage; each stage but the first halves the resolution and doubles the channels.</summary>
    public IReadOnlyList<int> Blocks { get; init; } = [2, 2, 2, 2];

    /// <summary>Whether blocks are bottlenecks of three convolutions rather than pairs.</summary>
    public bool Bottleneck { get; init; }

    /// <summary>Channels of the first stage, before a bottleneck's fourfold widening.</summary>
    public int Width { get; init; } = 64;

    /// <summary>A 3 × 3 stem without stride or pooling, for images of about 32 × 32.</summary>
    public bool SmallInput { get; init; }

    /// <summary>The options that a name of the catalogue stands for.</summary>
    [Model("resnet18")]
    [Model("resnet34")]
    [Model("resnet50")]
    public static ResNetOptions Named(string name) => new()
    {
        Blocks = name == "resnet18" ? [2, 2, 2, 2] : [3, 4, 6, 3],
        Bottleneck = name == "resnet50",
    };

    /// <inheritdoc/>
    protected override void Validate()
    {
        RequireCount(Blocks, Blocks?.Count ?? 0, nameof(Blocks));
        RequireAtLeast(Blocks!.Count, 1, nameof(Blocks));
        RequireAtLeast(Width, 1, nameof(Width));
    }

    /// <inheritdoc/>
    protected override Module Create() => new ResNet(this);
}
