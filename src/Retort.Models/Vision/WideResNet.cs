using System.Globalization;
using Retort.Torch.Nn;

namespace Retort.Models.Vision;

/// <summary>Wide ResNets for small images: shallow, pre-activated, with a multiple of the usual channels.</summary>
/// <remarks>
/// <para>Zagoruyko and Komodakis, "Wide Residual Networks", BMVC 2016, arXiv:1605.07146.</para>
/// <para>[N, C, H, W] → [N, classes]; any H and W from 4 on, 28 and 32 being usual.</para>
/// <para>Parameters carry the names that CIFAR distillation code shares (RepDistiller, mdistiller): <c>conv1</c>,
/// <c>block1.layer.0.bn1</c>, …, <c>block1.layer.0.convShortcut</c> where the shape changes, <c>bn1</c>, <c>fc</c>.</para>
/// </remarks>
public sealed class WideResNet : Sequential, IHasFeatures
{
    internal WideResNet(WideResNetOptions options)
    {
        int width = 16 * options.Widen;
        Add("conv1", new Conv2d(options.InChannels, 16, kernel: 3, padding: 1, bias: false));
        Add("block1", Stage(16, width, 1, options));
        Add("block2", Stage(width, 2 * width, 2, options));
        Add("block3", Stage(2 * width, 4 * width, 2, options));
        Add("bn1", new BatchNorm2d(4 * width));
        Add("relu", new Relu());
        Add("avgpool", new AdaptiveAvgPool2d(1));
        Add("flatten", new Flatten());
        var fc = new Linear(4 * width, options.Classes);
        Add("fc", fc);
        Initialization.ConvolutionsByFanOut(this);
        Init.Constant(fc.Bias!, 0);
    }

    /// <inheritdoc/>
    public string LastFeature => "flatten";

    /// <inheritdoc/>
    public IReadOnlyList<string> Stages { get; } = ["block1", "block2", "block3"];

    /// <inheritdoc/>
    public string Head => "fc";

    // One level more than it needs: the shared names have a "layer" inside each block.
    private static Sequential Stage(int inChannels, int channels, int stride, WideResNetOptions options)
    {
        var layer = new Sequential(Enumerable.Range(0, (options.Depth - 4) / 6).Select(block => block == 0
            ? new WideBlock(inChannels, channels, stride, options.DropRate)
            : new WideBlock(channels, channels, 1, options.DropRate)));
        return new Sequential([("layer", layer)]);
    }
}

/// <summary>What a recipe may give a wide ResNet.</summary>
public sealed record WideResNetOptions : ModelOptions
{
    /// <summary>Layers, 6n + 4: three stages of n blocks of two convolutions.</summary>
    public int Depth { get; init; } = 16;

    /// <summary>Multiple of the channels 16, 32, 64.</summary>
    public int Widen { get; init; } = 2;

    /// <summary>Probability of a zero between a block's convolutions while training; the paper's 0.3 on CIFAR.</summary>
    public double DropRate { get; init; }

    /// <summary>The options that a name of the catalogue stands for.</summary>
    [Model("wrn-16-1")]
    [Model("wrn-16-2")]
    [Model("wrn-28-10")]
    [Model("wrn-40-1")]
    [Model("wrn-40-2")]
    public static WideResNetOptions Named(string name)
    {
        string[] numbers = name.Split('-');
        return new WideResNetOptions
        {
            Depth = int.Parse(numbers[1], CultureInfo.InvariantCulture),
            Widen = int.Parse(numbers[2], CultureInfo.InvariantCulture),
        };
    }

    /// <inheritdoc/>
    protected override void Validate()
    {
        RequireDepth(Depth, 6, 4, nameof(Depth));
        RequireAtLeast(Widen, 1, nameof(Widen));
        RequireRate(DropRate, nameof(DropRate));
    }

    /// <inheritdoc/>
    protected override Module Create() => new WideResNet(this);
}
