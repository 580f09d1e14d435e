using System.Globalization;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Models.Vision;

/// <summary>VGG for small images: five groups of 3 × 3 convolutions and one linear layer.</summary>
/// <remarks>
/// <para>Simonyan and Zisserman, arXiv:1409.1556, in the form that CIFAR distillation uses (RepDistiller, mdistiller).</para>
/// <para>[N, C, H, W] → [N, classes]; H and W from 8 on. From 64 on there is a fourth pooling, so that the
/// last maps are small.</para>
/// <para>Parameters: <c>block0.0.weight</c>, …, <c>block4.*</c>, <c>classifier.*</c>.</para>
/// </remarks>
public sealed class CifarVgg : Sequential, IHasFeatures
{
    internal CifarVgg(CifarVggOptions options)
    {
        int channels = options.InChannels;
        for (int group = 0; group < 5; group++)
        {
            int width = options.Width << Math.Min(group, 3);
            Add($"block{group}", Group(channels, width, options.Convolutions[group], options.BatchNorm));
            Add($"relu{group}", new Relu());
            Add($"pool{group}", group switch
            {
                3 => new PoolLarge(),
                4 => new AdaptiveAvgPool2d(1),
                _ => new MaxPool2d(2),
            });
            channels = width;
        }
        Add("flatten", new Flatten());
        Add("classifier", new Linear(channels, options.Classes));
        Initialization.ConvolutionsByFanOut(this);
        Initialization.LinearsNormal(this, std: 0.01);
    }

    /// <inheritdoc/>
    public string LastFeature => "flatten";

    /// <inheritdoc/>
    public IReadOnlyList<string> Stages { get; } = ["relu0", "relu1", "relu2", "relu3", "relu4"];

    /// <inheritdoc/>
    public string Head => "classifier";

    // The last ReLU stands outside the group, so that the group's output is the map before it.
    private static Sequential Group(int inChannels, int channels, int convolutions, bool norm)
    {
        var group = new Sequential();
        for (int i = 0; i < convolutions; i++)
        {
            if (i > 0)
                group.Add(new Relu());
            group.Add(new Conv2d(i == 0 ? inChannels : channels, channels, kernel: 3, padding: 1));
            if (norm)
                group.Add(new BatchNorm2d(channels));
        }
        return group;
    }

    // Images of 64 and more are 8 and more here.
    private sealed class PoolLarge : Module
    {
        protected override Tensor Forward(Tensor input) => input.Size(2) >= 8 ? input.MaxPool2d(2) : input;
    }
}

/// <summary>What a recipe may give a VGG for small images.</summary>
public sealed record CifarVggOptions : ModelOptions
{
    /// <summary>Convolutions of each of the five groups.</summary>
    public IReadOnlyList<int> Convolutions { get; init; } = [1, 1, 1, 1, 1];

    /// <summary>Channels of the first group; the others have 2, 4, 8 and 8 times as many.</summary>
    public int Width { get; init; } = 64;

    /// <summary>Whether a batch norm follows each convolution.</summary>
    public bool BatchNorm { get; init; } = true;

    /// <summary>The options that a name of the catalogue stands for.</summary>
    [Model("cifar-vgg8")]
    [Model("cifar-vgg11")]
    [Model("cifar-vgg13")]
    [Model("cifar-vgg16")]
    [Model("cifar-vgg19")]
    public static CifarVggOptions Named(string name) => new()
    {
        Convolutions = int.Parse(name["cifar-vgg".Length..], CultureInfo.InvariantCulture) switch
        {
            8 => [1, 1, 1, 1, 1],
            11 => [1, 1, 2, 2, 2],
            13 => [2, 2, 2, 2, 2],
            16 => [2, 2, 3, 3, 3],
            _ => [2, 2, 4, 4, 4],
        },
    };

    /// <inheritdoc/>
    protected override void Validate()
    {
        RequireCount(Convolutions, 5, nameof(Convolutions));
        RequireAtLeast(Width, 1, nameof(Width));
    }

    /// <inheritdoc/>
    protected override Module Create() => new CifarVgg(this);
}
