using Retort.Torch.Nn;

namespace Retort.Models.Vision;

/// <summary>Three strided convolutions and a linear head: the smallest network worth distilling.</summary>
/// <remarks>
/// <para>[N, C, H, W] → [N, classes]; any H and W. Each stage is a 3 × 3 convolution of stride 2, batch norm and ReLU, with
/// width, twice and four times the width in channels; then a global average and a linear layer.</para>
/// <para>Parameters: <c>layer1.0.weight</c>, <c>layer1.1.*</c>, …, <c>fc.*</c>; PyTorch's initial values.</para>
/// </remarks>
public sealed class SmallCnn : Sequential, IHasFeatures
{
    internal SmallCnn(SmallCnnOptions options)
    {
        int width = options.Width;
        Add("layer1", Stage(options.InChannels, width));
        Add("layer2", Stage(width, 2 * width));
        Add("layer3", Stage(2 * width, 4 * width));
        Add("avgpool", new AdaptiveAvgPool2d(1));
        Add("flatten", new Flatten());
        Add("fc", new Linear(4 * width, options.Classes));
    }

    /// <inheritdoc/>
    public string LastFeature => "flatten";

    /// <inheritdoc/>
    public IReadOnlyList<string> Stages { get; } = ["layer1", "layer2", "layer3"];

    /// <inheritdoc/>
    public string Head => "fc";

    private static Sequential Stage(int inChannels, int channels) => new(
        new Conv2d(inChannels, channels, kernel: 3, stride: 2, padding: 1, bias: false), new BatchNorm2d(channels), new Relu());
}

/// <summary>What a recipe may give a small CNN.</summary>
public sealed record SmallCnnOptions : ModelOptions
{
    /// <summary>Channels of the first stage; the others have twice and four times as many.</summary>
    public int Width { get; init; } = 16;

    /// <summary>The options that a name of the catalogue stands for.</summary>
    [Model("small-cnn")]
    public static SmallCnnOptions Named(string name) => new();

    /// <inheritdoc/>
    protected override void Validate() => RequireAtLeast(Width, 1, nameof(Width));

    /// <inheritdoc/>
    protected override Module Create() => new SmallCnn(this);
}
