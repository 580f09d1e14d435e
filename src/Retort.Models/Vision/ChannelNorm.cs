using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Models.Vision;

/// <summary>Layer normalisation over the channels of each position of an image.</summary>
/// <remarks>[N, C, H, W] → same shape. Parameters: <c>weight</c> (ones) and <c>bias</c> (zeros), [C].</remarks>
public sealed class ChannelNorm : Module
{
    private readonly Parameter _weight;
    private readonly Parameter _bias;
    private readonly long[] _channels;

    /// <summary>Creates the layer for that many channels.</summary>
    public ChannelNorm(int channels)
    {
        _channels = [channels];
        _weight = Parameter("weight", Tensor.Ones(channels));
        _bias = Parameter("bias", Tensor.Zeros(channels));
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input)
    {
        Tensor last = input.Permute([0, 2, 3, 1]);                              // [N, H, W, C]
        return Ops.LayerNorm(last, _channels, _weight, _bias, 1e-6).Permute([0, 3, 1, 2]);
    }
}
