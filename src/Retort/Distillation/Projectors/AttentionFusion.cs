using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Distillation.Projectors;

/// <summary>Fuses a layer's map with what came from the deeper layer, each weighed by attention, for knowledge review.</summary>
/// <remarks>
/// <para>x is brought to the middle channels; y, from the deeper layer, is resized to x; a 1×1 convolution of both gives two
/// sigmoid
/// maps that weigh them. The sum goes on to the next shallower layer, and through a 3×3 convolution to the teacher's
/// channels.</para>
/// <para>Parameters: <c>conv1.0.weight</c>, <c>conv1.1.*</c>, <c>conv2.0.weight</c>, <c>conv2.1.*</c>, <c>att_conv.0.*</c>
/// where it
/// fuses. The convolutions start Kaiming-uniform with slope 1.</para>
/// </remarks>
public sealed class AttentionFusion : Module
{
    private readonly Sequential _reduce;
    private readonly Sequential _expand;
    private readonly Sequential? _attention;

    /// <summary>Creates the module.</summary>
    /// <param name="inChannels">The student's channels at this layer.</param>
    /// <param name="midChannels">Channels of what is fused and handed on.</param>
    /// <param name="outChannels">The teacher's channels at this layer.</param>
    /// <param name="fuse">Whether something comes from a deeper layer.</param>
    public AttentionFusion(long inChannels, long midChannels, long outChannels, bool fuse)
    {
        var first = new Conv2d(inChannels, midChannels, 1, bias: false);
        var second = new Conv2d(midChannels, outChannels, 3, padding: 1, bias: false);
        Init.KaimingUniform(first.Weight, slope: 1);
        Init.KaimingUniform(second.Weight, slope: 1);
        _reduce = Child("conv1", new Sequential(first, new BatchNorm2d(midChannels)));
        _expand = Child("conv2", new Sequential(second, new BatchNorm2d(outChannels)));
        _attention = fuse ? Child("att_conv", new Sequential(new Conv2d(2 * midChannels, 2, 1), new Sigmoid())) : null;
    }

    /// <summary>Fuses a layer with the deeper one.</summary>
    /// <param name="input">The student's map, [N, in, H, W].</param>
    /// <param name="deeper">What the deeper layer handed on, [N, mid, H′, W′]; null at the deepest.</param>
    /// <param name="outHeight">The teacher's height at this layer.</param>
    /// <param name="outWidth">The teacher's width at this layer.</param>
    /// <returns>What is compared with the teacher, [N, out, height, width], and what is handed on, [N, mid, height,
    /// width].</returns>
    public (Tensor Output, Tensor HandedOn) Fuse(Tensor input, Tensor? deeper, long outHeight, long outWidth)
    {
        Tensor x = _reduce.Call(input);
        if (_attention is not null)
        {
            ArgumentNullException.ThrowIfNull(deeper);
            Tensor y = Resized(deeper, x.Size(2), x.Size(3));
            Tensor weights = _attention.Call(Ops.Cat([x, y], 1));   // [N, 2, H, W]
            x = x * weights.Narrow(1, 0, 1) + y * weights.Narrow(1, 1, 1);
        }

        x = Resized(x, outHeight, outWidth);
        return (_expand.Call(x), x);
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input) => Fuse(input, null, input.Size(2), input.Size(3)).Output;

    private static Tensor Resized(Tensor map, long height, long width) =>
        map.Size(2) == height && map.Size(3) == width ? map : map.UpsampleNearest2d([height, width]);
}
