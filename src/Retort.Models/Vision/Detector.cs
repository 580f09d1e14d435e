using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Models.Vision;

/// <summary>A small one-stage detector without anchors: classes and a distribution of each edge at every fourth pixel.</summary>
/// <remarks>
/// <para>Li et al., "Generalized Focal Loss", arXiv:2006.04388, is what the head is from: at each place K class scores before the
/// sigmoid, then for the left, top, right and bottom edge of a box the scores of 0 to R times four pixels from the place, before
/// the softmax.</para>
/// <para>[N, C, H, W] → [N, classes + 4 · bins, H/4, W/4] with bins = R + 1. 3 × 3 convolutions with batch norm and ReLU: width
/// and twice as wide, at stride 2 each; four times as wide at stride 2 and once more; back to a quarter of the size and joined
/// with the map that was there, two of twice the width; and the head, 3 × 3. H and W are multiples of 4, and at least
/// 8.</para>
/// <para>Parameters: <c>stem</c>, <c>layer1</c>, <c>layer2.0</c>, <c>layer2.1</c>, <c>neck.0</c>, <c>neck.1</c> (each
/// <c>.0.weight</c>, <c>.1.*</c>), <c>head.*</c>; PyTorch's initial values, but for the biases of the classes, with which each
/// score begins at 0.01.</para>
/// </remarks>
public sealed class Detector : Module, IHasFeatures
{
    // log((1 − p) / p) of p = 0.01: almost all places are background, which must not drown the first steps (arXiv:1708.02002).
    private const double Background = 4.59511985013459;
    private readonly Module _stem;
    private readonly Module _layer1;
    private readonly Module _layer2;
    private readonly Module _neck;
    private readonly Module _head;

    internal Detector(DetectorOptions options)
    {
        int width = options.Width;
        _stem = Child("stem", Block(options.InChannels, width, 2));
        _layer1 = Child("layer1", Block(width, 2 * width, 2));
        _layer2 = Child("layer2", new Sequential(Block(2 * width, 4 * width, 2), Block(4 * width, 4 * width, 1)));
        _neck = Child("neck", new Sequential(Block(6 * width, 2 * width, 1), Block(2 * width, 2 * width, 1)));
        var head = new Conv2d(2 * width, options.Classes + (4 * options.Bins), kernel: 3, padding: 1);
        using (Autograd.NoGrad())
        {
            using var scope = new TensorScope();
            Init.Constant(head.Bias!.Value.Narrow(0, 0, options.Classes), -Background);
        }

        _head = Child("head", head);
    }

    /// <inheritdoc/>
    public string LastFeature => "neck";

    /// <inheritdoc/>
    public IReadOnlyList<string> Stages { get; } = ["stem", "layer1", "layer2", "neck"];

    /// <inheritdoc/>
    public string Head => "head";

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input)
    {
        Shapes.RequireDimensions(input, 4);
        Tensor quarter = _layer1.Call(_stem.Call(input));                                  // [N, 2w, H/4, W/4]
        Tensor deep = _layer2.Call(quarter);                                               // [N, 4w, H/8, W/8]
        Tensor back = deep.UpsampleBilinear2d([quarter.Size(2), quarter.Size(3)], alignCorners: false);
        return _head.Call(_neck.Call(Ops.Cat([back, quarter], 1)));
    }

    private static Sequential Block(int inChannels, int channels, int stride) => new(
        new Conv2d(inChannels, channels, kernel: 3, stride: stride, padding: 1, bias: false),
        new BatchNorm2d(channels),
        new Relu());
}

/// <summary>What a recipe may give a detector.</summary>
public sealed record DetectorOptions : ModelOptions
{
    /// <summary>Channels of the first stage; the others have twice and four times as many.</summary>
    public int Width { get; init; } = 8;

    /// <summary>R + 1, the distances that an edge may have from its place: 0, 4, … 4 · R pixels.</summary>
    public int Bins { get; init; } = 8;

    /// <summary>The options that a name of the catalogue stands for.</summary>
    [Model("detector")]
    public static DetectorOptions Named(string name) => new();

    /// <inheritdoc/>
    protected override void Validate()
    {
        RequireAtLeast(Width, 1, nameof(Width));
        RequireAtLeast(Bins, 2, nameof(Bins));
    }

    /// <inheritdoc/>
    protected override Module Create() => new Detector(this);
}
