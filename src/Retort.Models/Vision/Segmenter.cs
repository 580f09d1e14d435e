using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Models.Vision;

/// <summary>A small encoder and decoder with one bridge between them: a class for each pixel.</summary>
/// <remarks>
/// <para>[N, C, H, W] → [N, classes, H, W]. Five 3 × 3 convolutions with batch norm and ReLU (width; twice as wide at stride 2;
/// four times as wide at stride 2, and twice more), then back to half the size, joined with the map that was there, a 3 × 3
/// convolution and <c>head</c>, 1 × 1, whose scores at half the size are brought to the input's, all bilinearly. H and W are at
/// least 4.</para>
/// <para>An input that lacks the <see cref="SegmenterOptions.BlankChannels"/> gets zeros for them.</para>
/// <para>Parameters: <c>stem</c>, <c>down1</c>, <c>down2.0</c> to <c>down2.2</c>, <c>up</c> (each <c>.0.weight</c>, <c>.1.*</c>),
/// <c>head.*</c>; PyTorch's initial values.</para>
/// </remarks>
public sealed class Segmenter : Module, IHasFeatures
{
    private readonly int _channels;
    private readonly int _blank;
    private readonly Module _stem;
    private readonly Module _down1;
    private readonly Module _down2;
    private readonly Module _up;
    private readonly Module _head;

    internal Segmenter(SegmenterOptions options)
    {
        int width = options.Width;
        _blank = options.BlankChannels;
        _channels = options.InChannels + _blank;
        _stem = Child("stem", Block(_channels, width, 1));
        _down1 = Child("down1", Block(width, 2 * width, 2));
        _down2 = Child("down2", new Sequential(
            Block(2 * width, 4 * width, 2), Block(4 * width, 4 * width, 1), Block(4 * width, 4 * width, 1)));
        _up = Child("up", Block(6 * width, 2 * width, 1));
        _head = Child("head", new Conv2d(2 * width, options.Classes, kernel: 1));
    }

    /// <inheritdoc/>
    public string LastFeature => "up";

    /// <inheritdoc/>
    public IReadOnlyList<string> Stages { get; } = ["stem", "down1", "down2", "up"];

    /// <inheritdoc/>
    public string Head => "head";

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input)
    {
        Shapes.RequireDimensions(input, 4);
        Tensor x = input;
        if (_blank > 0 && x.Size(1) == _channels - _blank)
            x = x.ConstantPadNd([0, 0, 0, 0, 0, _blank], 0);
        Tensor half = _down1.Call(_stem.Call(x));                        // [N, 2w, H/2, W/2]
        Tensor deep = _down2.Call(half);                                       // [N, 4w, H/4, W/4]
        Tensor joined = Ops.Cat([Resized(deep, half), half], 1);
        return Resized(_head.Call(_up.Call(joined)), input);
    }

    private static Tensor Resized(Tensor map, Tensor like) =>
        map.UpsampleBilinear2d([like.Size(2), like.Size(3)], alignCorners: false);

    private static Sequential Block(int inChannels, int channels, int stride) => new(
        new Conv2d(inChannels, channels, kernel: 3, stride: stride, padding: 1, bias: false),
        new BatchNorm2d(channels),
        new Relu());
}

/// <summary>What a recipe may give a segmenter.</summary>
public sealed record SegmenterOptions : ModelOptions
{
    /// <summary>Channels of the first stage; the others have twice and four times as many.</summary>
    public int Width { get; init; } = 8;

    /// <summary>Channels beyond those of the data, for what is known in training alone: zeros where an input lacks
    /// them.</summary>
    public int BlankChannels { get; init; }

    /// <summary>The options that a name of the catalogue stands for.</summary>
    [Model("segmenter")]
    public static SegmenterOptions Named(string name) => new();

    /// <inheritdoc/>
    protected override void Validate()
    {
        RequireAtLeast(Width, 1, nameof(Width));
        RequireAtLeast(BlankChannels, 0, nameof(BlankChannels));
    }

    /// <inheritdoc/>
    protected override Module Create() => new Segmenter(this);
}
