using System.Globalization;
using Retort.Torch.Nn;

namespace Retort.Models.Vision;

/// <summary>Equal blocks of convolution, normalisation, ReLU and pooling: what data sets are distilled with.</summary>
/// <remarks>
/// <para>Gidaris and Komodakis, arXiv:1804.09458, in the form of Zhao et al., arXiv:2006.05929: ConvNet-D/W has D blocks of W
/// channels.</para>
/// <para>[N, C, S, S] with S the image size → [N, classes]. Each block halves the map, rounding down; the first pads grey
/// pictures of 28 × 28 to 32 × 32.</para>
/// <para>Parameters: <c>features.0.*</c> (convolution), <c>features.1.*</c> (normalisation), <c>features.4.*</c>, … and
/// <c>classifier.*</c>; PyTorch's initial values.</para>
/// </remarks>
public sealed class ConvNet : Sequential, IHasFeatures
{
    private const int LayersPerBlock = 4;

    internal ConvNet(ConvNetOptions options)
    {
        var features = new Sequential();
        int channels = options.InChannels;
        for (int block = 0; block < options.Depth; block++)
        {
            features.Add(new Conv2d(channels, options.Width, kernel: 3, padding: block == 0 ? options.FirstPadding : 1));
            features.Add(Norm(options.Norm, options.Width));
            features.Add(new Relu());
            features.Add(options.Pooling == ConvNetPooling.Average ? new AvgPool2d(2) : new MaxPool2d(2));
            channels = options.Width;
        }

        Add("features", features);
        Add("flatten", new Flatten());
        Add("classifier", new Linear(channels * options.LastSize * options.LastSize, options.Classes));
        Stages = [.. Enumerable.Range(0, options.Depth)
            .Select(block => string.Create(CultureInfo.InvariantCulture, $"features.{block * LayersPerBlock + 2}"))];
    }

    /// <inheritdoc/>
    public string LastFeature => "flatten";

    /// <inheritdoc/>
    public IReadOnlyList<string> Stages { get; }

    /// <inheritdoc/>
    public string Head => "classifier";

    private static Module Norm(ConvNetNorm norm, int channels) => norm switch
    {
        // One group a channel: per sample as instance norm, and without statistics that a data set would have to fit.
        ConvNetNorm.Instance => new GroupNorm(channels, channels),
        ConvNetNorm.Layer => new GroupNorm(1, channels),
        ConvNetNorm.Batch => new BatchNorm2d(channels),
        _ => new Identity(),
    };
}

/// <summary>What a recipe may give a ConvNet.</summary>
public sealed record ConvNetOptions : ModelOptions
{
    /// <summary>Height and width of the images.</summary>
    public int ImageSize { get; init; } = 32;

    /// <summary>Blocks, each of which halves the map: 3 for 32 × 32, 4 for 64 × 64.</summary>
    public int Depth { get; init; } = 3;

    /// <summary>Channels of every block.</summary>
    public int Width { get; init; } = 128;

    /// <summary>What normalises between convolution and ReLU.</summary>
    public ConvNetNorm Norm { get; init; }

    /// <summary>How a block halves the map.</summary>
    public ConvNetPooling Pooling { get; init; }

    internal int FirstPadding => InChannels == 1 && ImageSize == 28 ? 3 : 1;

    internal int LastSize => (ImageSize + 2 * (FirstPadding - 1)) >> Depth;

    /// <summary>The options that a name of the catalogue stands for.</summary>
    [Model("convnet")]
    public static ConvNetOptions Named(string name) => new();

    /// <inheritdoc/>
    protected override void Validate()
    {
        RequireAtLeast(ImageSize, 1, nameof(ImageSize));
        RequireAtLeast(Width, 1, nameof(Width));
        RequireAtLeast(Depth, 1, nameof(Depth));
        if (Depth > 30 || LastSize < 1)
        {
            throw new ArgumentOutOfRangeException(nameof(Depth), Depth, string.Create(
                CultureInfo.InvariantCulture, $"So many blocks leave nothing of images of {ImageSize} × {ImageSize}."));
        }
    }

    /// <inheritdoc/>
    protected override Module Create() => new ConvNet(this);
}

/// <summary>What normalises a ConvNet's maps.</summary>
public enum ConvNetNorm
{
    /// <summary>Each channel of each sample.</summary>
    Instance,

    /// <summary>Each sample over all its channels.</summary>
    Layer,

    /// <summary>Each channel over the batch.</summary>
    Batch,

    /// <summary>Nothing.</summary>
    None,
}

/// <summary>How a ConvNet halves its maps.</summary>
public enum ConvNetPooling
{
    /// <summary>The mean of 2 × 2 positions.</summary>
    Average,

    /// <summary>The largest of 2 × 2 positions.</summary>
    Max,
}
