using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Models.Vision;

/// <summary>The three-convolution residual block of ResNet-50: narrow, convolve, widen fourfold.</summary>
/// <remarks>
/// <para>He et al., arXiv:1512.03385, figure 5 (right), with the stride at the 3 × 3 convolution as torchvision has it.</para>
/// <para>[N, inChannels, H, W] → [N, 4·channels, ⌈H/stride⌉, ⌈W/stride⌉]. Parameters carry torchvision's names.</para>
/// </remarks>
public sealed class Bottleneck : Module
{
    /// <summary>Output channels for each inner channel.</summary>
    public const int Expansion = 4;

    private readonly Module _conv1;
    private readonly Module _bn1;
    private readonly Module _conv2;
    private readonly Module _bn2;
    private readonly Module _conv3;
    private readonly Module _bn3;
    private readonly Module? _downsample;
    private readonly Module _relu;

    /// <summary>Creates a block with PyTorch's default initialisation.</summary>
    public Bottleneck(int inChannels, int channels, int stride = 1)
    {
        int wide = channels * Expansion;
        // torchvision makes the shortcut before the block, so it draws its weights first.
        Sequential? downsample = stride == 1 && inChannels == wide ? null : new Sequential(
            new Conv2d(inChannels, wide, kernel: 1, stride: stride, bias: false), new BatchNorm2d(wide));
        _conv1 = Child("conv1", new Conv2d(inChannels, channels, kernel: 1, bias: false));
        _bn1 = Child("bn1", new BatchNorm2d(channels));
        _conv2 = Child("conv2", new Conv2d(channels, channels, kernel: 3, stride: stride, padding: 1, bias: false));
        _bn2 = Child("bn2", new BatchNorm2d(channels));
        _conv3 = Child("conv3", new Conv2d(channels, wide, kernel: 1, bias: false));
        _bn3 = Child("bn3", new BatchNorm2d(wide));
        if (downsample is not null)
            _downsample = Child("downsample", downsample);
        // One for all places, as torchvision has it: a tap on it sees the last, the end of the block.
        _relu = Child("relu", new Relu());
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input)
    {
        Tensor y = _relu.Call(_bn1.Call(_conv1.Call(input)));
        y = _relu.Call(_bn2.Call(_conv2.Call(y)));
        y = _bn3.Call(_conv3.Call(y));
        return _relu.Call(y + (_downsample?.Call(input) ?? input));
    }
}
