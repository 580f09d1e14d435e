using System.Globalization;
using Retort.Torch.Nn;

namespace Retort.Models.Vision;

/// <summary>VGG for large images, as torchvision has it: five groups of 3 × 3 convolutions and three linear layers.</summary>
/// <remarks>
/// <para>Simonyan and Zisserman, arXiv:1409.1556, table 1.</para>
/// <para>[N, C, H, W] → [N, classes]; H and W from 32 on, 224 being usual.</para>
/// <para>Parameters carry torchvision's names: <c>features.0.weight</c>, …, <c>classifier.0</c>, <c>.3</c>, <c>.6</c>.</para>
/// </remarks>
public sealed class Vgg : Sequential, IHasFeatures
{
    internal Vgg(VggOptions options)
    {
        var features = new Sequential();
        var stages = new List<string>();
        int channels = options.InChannels;
        for (int group = 0; group < options.Convolutions.Count; group++)
        {
            int width = options.Channels[group];
            for (int i = 0; i < options.Convolutions[group]; i++)
            {
                features.Add(new Conv2d(channels, width, kernel: 3, padding: 1));
                if (options.BatchNorm)
                    features.Add(new BatchNorm2d(width));
                features.Add(new Relu());
                channels = width;
            }
            stages.Add($"features.{features.Count - 1}");
            features.Add(new MaxPool2d(2));
        }
        Add("features", features);
        Add("avgpool", new AdaptiveAvgPool2d(7));
        Add("flatten", new Flatten());
        Add("classifier", new Sequential(
            new Linear(channels * 49, options.Hidden), new Relu(), new Dropout(options.DropRate),
            new Linear(options.Hidden, options.Hidden), new Relu(), new Dropout(options.DropRate),
            new Linear(options.Hidden, options.Classes)));
        Stages = stages;
        Initialization.ConvolutionsByFanOut(this);
        Initialization.LinearsNormal(this, std: 0.01);
    }

    /// <inheritdoc/>
    public string LastFeature => "classifier.4";

    /// <inheritdoc/>
    public IReadOnlyList<string> Stages { get; }

    /// <inheritdoc/>
    public string Head => "classifier.6";
}

/// <summary>What a recipe may give a VGG for large images.</summary>
public sealed record VggOptions : ModelOptions
{
    /// <summary>Convolutions of each group; a pooling by 2 follows each.</summary>
    public IReadOnlyList<int> Convolutions { get; init; } = [1, 1, 2, 2, 2];

    /// <summary>Channels of each group.</summary>
    public IReadOnlyList<int> Channels { get; init; } = [64, 128, 256, 512, 512];

    /// <summary>Whether a batch norm follows each convolution.</summary>
    public bool BatchNorm { get; init; } = true;

    /// <summary>Width of the two hidden linear layers.</summary>
    public int Hidden { get; init; } = 4096;

    /// <summary>Probability of a zero after each hidden linear layer while training.</summary>
    public double DropRate { get; init; } = 0.5;

    /// <summary>The options that a name of the catalogue stands for.</summary>
    [Model("vgg11-bn")]
    [Model("vgg13-bn")]
    [Model("vgg16-bn")]
    [Model("vgg19-bn")]
    public static VggOptions Named(string name) => new()
    {
        Convolutions = int.Parse(name["vgg".Length..^"-bn".Length], CultureInfo.InvariantCulture) switch
        {
            11 => [1, 1, 2, 2, 2],
            13 => [2, 2, 2, 2, 2],
            16 => [2, 2, 3, 3, 3],
            _ => [2, 2, 4, 4, 4],
        },
    };

    /// <inheritdoc/>
    protected override void Validate()
    {
        RequireCount(Convolutions, Convolutions?.Count ?? 0, nameof(Convolutions));
        RequireAtLeast(Convolutions!.Count, 1, nameof(Convolutions));
        RequireCount(Channels, Convolutions.Count, nameof(Channels));
        RequireAtLeast(Hidden, 1, nameof(Hidden));
        RequireRate(DropRate, nameof(DropRate));
    }

    /// <inheritdoc/>
    protected override Module Create() => new Vgg(this);
}
