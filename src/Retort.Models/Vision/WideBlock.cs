using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Models.Vision;

/// <summary>The pre-activated residual block of wide ResNets: norm and ReLU come before each convolution.</summary>
/// <remarks>
/// <para>Zagoruyko and Komodakis, arXiv:1605.07146, figure 1 (d).</para>
/// <para>[N, inChannels, H, W] → [N, channels, ⌈H/stride⌉, ⌈W/stride⌉].</para>
/// <para>Parameters: <c>bn1</c>, <c>conv1</c>, <c>bn2</c>, <c>conv2</c>, and <c>convShortcut</c> where the channels change;
/// the shortcut then starts after the first norm and ReLU.</para>
/// </remarks>
public sealed class WideBlock : Module
{
    private readonly Module _bn1;
    private readonly Module _conv1;
    private readonly Module _bn2;
    private readonly Module _dropout;
    private readonly Module _conv2;
    private readonly Module? _shortcut;

    /// <summary>Creates a block with PyTorch's default initialisation.</summary>
    public WideBlock(int inChannels, int channels, int stride = 1, double dropRate = 0)
    {
        _bn1 = Child("bn1", new BatchNorm2d(inChannels));
        _conv1 = Child("conv1", new Conv2d(inChannels, channels, kernel: 3, stride: stride, padding: 1, bias: false));
        _bn2 = Child("bn2", new BatchNorm2d(channels));
        _dropout = Child("dropout", new Dropout(dropRate));
        _conv2 = Child("conv2", new Conv2d(channels, channels, kernel: 3, padding: 1, bias: false));
        if (inChannels != channels)
            _shortcut = Child("convShortcut", new Conv2d(inChannels, channels, kernel: 1, stride: stride, bias: false));
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input)
    {
        Tensor active = _bn1.Call(input).Relu();
        Tensor y = _bn2.Call(_conv1.Call(active)).Relu();
        y = _conv2.Call(_dropout.Call(y));
        return y + (_shortcut?.Call(active) ?? input);
    }
}
