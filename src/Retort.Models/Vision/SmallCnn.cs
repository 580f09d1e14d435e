using Retort.Torch.Nn;

namespace Retort.Models.Vision;

/// <summary>Three stages of convolutions, each of which halves the map, and a linear head: the smallest network worth
/// distilling.</summary>
/// <remarks>
/// <para>[N, C, H, W] → [N, classes]; any H and W. Each stage is a 3 × 3 convolution of stride 2, batch norm and ReLU, with
/// width, twice and four times the width in channels, and as many more of stride 1 as its depth says; then a global average and a
/// linear layer.</para>
/// <para>Parameters: <c>layer1.0.weight</c>, <c>layer1.1.*</c>, …, <c>fc.*</c>; PyTorch's initial values.</para>
/// </remarks>
public sealed class SmallCnn : Sequential, IHasFeatures
{
    internal SmallCnn(SmallCnnOptions options)
    {
        int width = options.Width;
        Add("layer1", Stage(options.InChannels, width, options.Depths[0]));
        Add("layer2", Stage(width, 2 * width, options.Depths[1]));
        Add("layer3", Stage(2 * width, 4 * width, options.Depths[2]));
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

    private static Sequential Stage(int inChannels, int channels, int depth)
    {
        var stage = new Sequential();
        for (int layer = 0; layer < depth; layer++)
        {
            bool isFirst = layer == 0;
            stage.Add(new Conv2d(
                isFirst ? inChannels : channels, channels, kernel: 3, stride: isFirst ? 2 : 1, padding: 1, bias: false));
            stage.Add(new BatchNorm2d(channels));
            stage.Add(new Relu());
        }

        return stage;
    }
}

/// <summary>What a recipe may give a small CNN.</summary>
public sealed record SmallCnnOptions : ModelOptions
{
    /// <summary>Channels of the first stage; the others have twice and four times as many.</summary>
    public int Width { get; init; } = 16;

    /// <summary>Convolutions of each of the three stages.</summary>
    public IReadOnlyList<int> Depths { get; init; } = [1, 1, 1];

    /// <summary>The options that a name of the catalogue stands for.</summary>
    [Model("small-cnn")]
    public static SmallCnnOptions Named(string name) => new();

    /// <inheritdoc/>
    protected override void Validate()
    {
        RequireAtLeast(Width, 1, nameof(Width));
        RequireCount(Depths, 3, nameof(Depths));
    }

    /// <inheritdoc/>
    protected override Module Create() => new SmallCnn(this);
}
