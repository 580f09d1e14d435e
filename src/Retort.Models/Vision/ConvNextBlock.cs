using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Models.Vision;

/// <summary>The block of ConvNeXt: a wide depthwise convolution, a norm, an MLP over channels, a learned scale.</summary>
/// <remarks>
/// [N, C, H, W] → same shape. Liu et al., arXiv:2201.03545, figure 4. Parameters carry timm's names: <c>gamma</c>,
/// <c>conv_dw</c>, <c>norm</c>, <c>mlp.fc1</c>, <c>mlp.fc2</c>.
/// </remarks>
public sealed class ConvNextBlock : Module
{
    private readonly Parameter? _gamma;
    private readonly Module _convolution;
    private readonly Module _norm;
    private readonly Module _mlp;
    private readonly Module _dropPath;
    private readonly bool _convolutions;

    internal ConvNextBlock(int channels, ConvNextOptions options, double dropPathRate)
    {
        _convolutions = options.ConvMlp;
        if (options.LayerScale > 0)
            _gamma = Parameter("gamma", Tensor.Full([channels], options.LayerScale));
        _convolution = Child("conv_dw", new Conv2d(channels, channels, kernel: 7, padding: 3, groups: channels));
        _norm = Child<Module>("norm", _convolutions ? new ChannelNorm(channels) : new LayerNorm(channels, epsilon: 1e-6));
        _mlp = Child("mlp", new TransformerMlp(channels, 4 * channels, convolutions: _convolutions));
        _dropPath = Child("drop_path", new DropPath(dropPathRate));
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input)
    {
        Tensor x = _convolution.Call(input);
        x = _convolutions
            ? _mlp.Call(_norm.Call(x))
            : _mlp.Call(_norm.Call(x.Permute([0, 2, 3, 1]))).Permute([0, 3, 1, 2]);
        if (_gamma is not null)
            x = x * _gamma.Value.Reshape([1, -1, 1, 1]);
        return _dropPath.Call(x) + input;
    }
}
