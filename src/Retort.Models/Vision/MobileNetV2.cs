using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Models.Vision;

/// <summary>MobileNetV2: depthwise convolutions inside inverted residuals with linear bottlenecks.</summary>
/// <remarks>
/// <para>Sandler et al., CVPR 2018, arXiv:1801.04381, table 2.</para>
/// <para>[N, C, H, W] → [N, classes]; any H and W, 224 being usual.</para>
/// <para>Parameters carry torchvision's names: <c>features.0.0.weight</c>, <c>features.1.conv.0.0.weight</c>, …,
/// <c>classifier.1.*</c>.</para>
/// </remarks>
public sealed class MobileNetV2 : Sequential, IHasFeatures
{
    // Expansion, channels, blocks, stride: the paper's table 2.
    private static readonly (int Expansion, int Channels, int Blocks, int Stride)[] Table =
    [
        (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1),
    ];

    internal MobileNetV2(MobileNetV2Options options)
    {
        double width = options.WidthMultiplier;
        int channels = Round(32 * width), last = Round(1280 * Math.Max(1, width));
        var features = new Sequential(ConvolutionNorm.Relu6(
            options.InChannels, channels, kernel: 3, stride: options.SmallInput ? 1 : 2));
        for (int row = 0; row < Table.Length; row++)
        {
            (int expansion, int wanted, int blocks, int stride) = Table[row];
            int next = Round(wanted * width);
            // Two of the five halvings go for small images: the stem's and the first stage's.
            if (options.SmallInput && row == 1)
                stride = 1;
            for (int block = 0; block < blocks; block++)
            {
                features.Add(new InvertedResidual(channels, next, block == 0 ? stride : 1, expansion));
                channels = next;
            }
        }
        features.Add(ConvolutionNorm.Relu6(channels, last, kernel: 1));
        Add("features", features);
        Add("avgpool", new AdaptiveAvgPool2d(1));
        Add("flatten", new Flatten());
        Add("classifier", new Sequential(new Dropout(options.DropRate), new Linear(last, options.Classes)));
        Initialization.ConvolutionsByFanOut(this);
        Initialization.LinearsNormal(this, std: 0.01);
    }

    /// <inheritdoc/>
    public string LastFeature => "flatten";

    /// <inheritdoc/>
    public IReadOnlyList<string> Stages { get; } = ["features.3", "features.6", "features.13", "features.17"];

    /// <inheritdoc/>
    public string Head => "classifier.1";

    // To the nearest multiple of 8, but never more than a tenth below the wanted width.
    private static int Round(double channels)
    {
        int rounded = Math.Max(8, (int)(channels + 4) / 8 * 8);
        return rounded < 0.9 * channels ? rounded + 8 : rounded;
    }

    private sealed class InvertedResidual : Module
    {
        private readonly Module _conv;
        private readonly bool _residual;

        public InvertedResidual(int inChannels, int channels, int stride, int expansion)
        {
            int hidden = inChannels * expansion;
            var conv = new Sequential();
            if (expansion != 1)
                conv.Add(ConvolutionNorm.Relu6(inChannels, hidden, kernel: 1));
            conv.Add(ConvolutionNorm.Relu6(hidden, hidden, kernel: 3, stride, groups: hidden));
            conv.Add(new Conv2d(hidden, channels, kernel: 1, bias: false));
            conv.Add(new BatchNorm2d(channels));
            _conv = Child("conv", conv);
            _residual = stride == 1 && inChannels == channels;
        }

        protected override Tensor Forward(Tensor input) => _residual ? input + _conv.Call(input) : _conv.Call(input);
    }

    private static class ConvolutionNorm
    {
        public static Sequential Relu6(int inChannels, int channels, int kernel, int stride = 1, int groups = 1) => new(
            new Conv2d(inChannels, channels, kernel, stride, padding: kernel / 2, groups: groups, bias: false),
            new BatchNorm2d(channels), new Relu6());
    }
}

/// <summary>What a recipe may give a MobileNetV2.</summary>
public sealed record MobileNetV2Options : ModelOptions
{
    /// <summary>Multiple of the paper's channels, rounded to multiples of 8; the last layer never has fewer than 1,280.</summary>
    public double WidthMultiplier { get; init; } = 1;

    /// <summary>Probability of a zero before the head while training.</summary>
    public double DropRate { get; init; } = 0.2;

    /// <summary>Three halvings of the resolution instead of five, for images of about 32 × 32.</summary>
    public bool SmallInput { get; init; }

    /// <summary>The options that a name of the catalogue stands for.</summary>
    [Model("mobilenet-v2")]
    public static MobileNetV2Options Named(string name) => new();

    /// <inheritdoc/>
    protected override void Validate()
    {
        RequirePositive(WidthMultiplier, nameof(WidthMultiplier));
        RequireRate(DropRate, nameof(DropRate));
    }

    /// <inheritdoc/>
    protected override Module Create() => new MobileNetV2(this);
}
