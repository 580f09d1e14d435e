using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Distillation.Projectors;

/// <summary>A trainable map of a feature's channels into another net's space; positions stay as they are.</summary>
/// <remarks>
/// <para>[N, C, H, W]: a 1×1 convolution (<c>0.*</c>), batch-norm (<c>1.*</c>) and ReLU where wanted. [N, D] and [N, T, D]: a
/// linear layer
/// (<c>0.*</c>) over the last dimension, alone.</para>
/// </remarks>
public sealed class Projector : Module
{
    private readonly Sequential _layers;
    private readonly int _dimensions;

    /// <summary>Creates a projector.</summary>
    /// <param name="inChannels">Channels of what goes in.</param>
    /// <param name="outChannels">Channels of what comes out.</param>
    /// <param name="dimensions">How many dimensions features have: 2, 3 or 4.</param>
    /// <param name="norm">Whether batch-norm follows the convolution.</param>
    /// <param name="relu">Whether a ReLU comes last.</param>
    /// <param name="bias">Whether the layer has a bias; by default where no batch-norm follows.</param>
    public Projector(
        long inChannels, long outChannels, int dimensions = 4, bool norm = true, bool relu = false, bool? bias = null)
    {
        if (dimensions is < 2 or > 4)
            throw new ArgumentOutOfRangeException(nameof(dimensions), dimensions, "features have 2, 3 or 4 dimensions.");
        _dimensions = dimensions;
        bool isMap = dimensions == 4, normalized = norm && isMap;
        bool biased = bias ?? !normalized;
        _layers = Child("layers", new Sequential());
        _layers.Add(isMap ? new Conv2d(inChannels, outChannels, 1, bias: biased) : new Linear(inChannels, outChannels, biased));
        if (normalized)
            _layers.Add(new BatchNorm2d(outChannels));
        if (relu)
            _layers.Add(new Relu());
    }

    /// <summary>The dimension of a feature that holds its channels: 1 of [N, C, H, W], the last one otherwise.</summary>
    public static int ChannelsOf(Tensor feature) =>
        (feature ?? throw new ArgumentNullException(nameof(feature))).Dimensions == 4 ? 1 : feature.Dimensions - 1;

    /// <summary>A projector from one feature's channels to another's.</summary>
    /// <param name="from">The feature that goes in.</param>
    /// <param name="to">The feature whose channels are to come out.</param>
    /// <param name="norm">Whether batch-norm follows the convolution.</param>
    /// <param name="relu">Whether a ReLU comes last.</param>
    public static Projector Between(Tensor from, Tensor to, bool norm = true, bool relu = false)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        return new Projector(from.Size(ChannelsOf(from)), to.Size(ChannelsOf(to)), from.Dimensions, norm, relu);
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input)
    {
        if (input.Dimensions != _dimensions)
            throw new ShapeException($"'input' {Shapes.Text(input)} must have {_dimensions} dimensions.");
        return _layers.Call(input);
    }
}
