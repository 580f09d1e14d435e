using Retort.Torch.Nn;

namespace Retort.Models.Vision;

/// <summary>ConvNeXt: a ResNet remade with the choices of vision transformers.</summary>
/// <remarks>
/// <para>Liu et al., "A ConvNet for the 2020s", CVPR 2022, arXiv:2201.03545; the sizes below tiny are timm's.</para>
/// <para>[N, C, H, W] → [N, classes]; H and W from 8 · patch on, 224 being usual.</para>
/// <para>Parameters carry timm's names (not torchvision's, which differ): <c>stem.0</c>, <c>stages.0.blocks.0.conv_dw</c>, …,
/// <c>stages.1.downsample.1</c>, <c>head.norm</c>, <c>head.fc</c>.</para>
/// </remarks>
public sealed class ConvNext : Sequential, IHasFeatures
{
    internal ConvNext(ConvNextOptions options)
    {
        IReadOnlyList<int> widths = options.Channels;
        Add("stem", new Sequential(
            new Conv2d(options.InChannels, widths[0], kernel: options.PatchSize, stride: options.PatchSize),
            new ChannelNorm(widths[0])));
        var stages = new Sequential();
        int total = options.Blocks.Sum(), done = 0;
        for (int stage = 0; stage < widths.Count; stage++)
        {
            int channels = widths[stage], first = done;
            Module downsample = stage == 0 ? new Identity() : new Sequential(
                new ChannelNorm(widths[stage - 1]), new Conv2d(widths[stage - 1], channels, kernel: 2, stride: 2));
            var blocks = new Sequential(Enumerable.Range(first, options.Blocks[stage]).Select(block => new ConvNextBlock(
                channels, options, total == 1 ? 0 : options.DropPathRate * block / (total - 1))));
            stages.Add(new Sequential([("downsample", downsample), ("blocks", blocks)]));
            done += options.Blocks[stage];
        }
        Add("stages", stages);
        Add("head", new Sequential(
        [
            ("global_pool", new AdaptiveAvgPool2d(1)), ("norm", new ChannelNorm(widths[^1])), ("flatten", new Flatten()),
            ("drop", new Dropout(options.DropRate)), ("fc", new Linear(widths[^1], options.Classes)),
        ]));
        Stages = [.. Enumerable.Range(0, widths.Count).Select(stage => $"stages.{stage}")];

        foreach ((_, Module module) in NamedModules())
        {
            if (module is not Conv2d convolution)
                continue;
            Init.TruncatedNormal(convolution.Weight, std: 0.02);
            Init.Constant(convolution.Bias!, 0);
        }
        Initialization.LinearsTruncated(this);
    }

    /// <inheritdoc/>
    public string LastFeature => "head.flatten";

    /// <inheritdoc/>
    public IReadOnlyList<string> Stages { get; }

    /// <inheritdoc/>
    public string Head => "head.fc";
}

/// <summary>What a recipe may give a ConvNeXt.</summary>
public sealed record ConvNextOptions : ModelOptions
{
    /// <summary>Blocks of each stage; each stage but the first halves the resolution.</summary>
    public IReadOnlyList<int> Blocks { get; init; } = [3, 3, 9, 3];

    /// <summary>Channels of each stage.</summary>
    public IReadOnlyList<int> Channels { get; init; } = [96, 192, 384, 768];

    /// <summary>Height, width and stride of the stem's convolution; 1 or 2 for images of about 32 × 32.</summary>
    public int PatchSize { get; init; } = 4;

    /// <summary>Whether MLPs are 1 × 1 convolutions: the same function, with weights of another shape.</summary>
    public bool ConvMlp { get; init; }

    /// <summary>Initial value of each block's scale; 0 leaves the scales out.</summary>
    public double LayerScale { get; init; } = 1e-6;

    /// <summary>Probability of a zero before the head while training.</summary>
    public double DropRate { get; init; }

    /// <summary>Probability that the last block is skipped for a sample while training; earlier blocks have less.</summary>
    public double DropPathRate { get; init; }

    /// <summary>The options that a name of the catalogue stands for.</summary>
    [Model("convnext-atto")]
    [Model("convnext-femto")]
    [Model("convnext-pico")]
    [Model("convnext-tiny")]
    public static ConvNextOptions Named(string name) => name switch
    {
        "convnext-atto" => new() { Blocks = [2, 2, 6, 2], Channels = [40, 80, 160, 320], ConvMlp = true },
        "convnext-femto" => new() { Blocks = [2, 2, 6, 2], Channels = [48, 96, 192, 384], ConvMlp = true },
        "convnext-pico" => new() { Blocks = [2, 2, 6, 2], Channels = [64, 128, 256, 512], ConvMlp = true },
        _ => new(),
    };

    /// <inheritdoc/>
    protected override void Validate()
    {
        RequireCount(Blocks, Blocks?.Count ?? 0, nameof(Blocks));
        RequireAtLeast(Blocks!.Count, 1, nameof(Blocks));
        RequireCount(Channels, Blocks.Count, nameof(Channels));
        RequireAtLeast(PatchSize, 1, nameof(PatchSize));
        RequireRate(DropRate, nameof(DropRate));
        RequireRate(DropPathRate, nameof(DropPathRate));
        if (!(LayerScale >= 0 && double.IsFinite(LayerScale)))
            throw new ArgumentOutOfRangeException(nameof(LayerScale), LayerScale, "Must be a number from 0 on.");
    }

    /// <inheritdoc/>
    protected override Module Create() => new ConvNext(this);
}
