using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Models.Vision;

/// <summary>The two-convolution residual block of ResNet-18 and ResNet-34, and of the CIFAR ResNets.</summary>
/// <remarks>
/// <para>He et al., "Deep Residual Learning for Image Recognition", CVPR 2016, arXiv:1512.03385, figure 5 (left).</para>
/// <para>[N, inChannels, H, W] → [N, channels, ⌈H/stride⌉, ⌈W/stride⌉].</para>
/// <para>Parameters carry torchvision's names: <c>conv1.weight</c>, <c>bn1.*</c>, <c>conv2.weight</c>, <c>bn2.*</c>, and
/// <c>downsample.0.weight</c>, <c>downsample.1.*</c> where the shortcut changes shape.</para>
/// </remarks>
public sealed class BasicBlock : Module
{
    private readonly Module _conv1;
    private readonly Module _bn1;
    private readonly Module _conv2;
    private readonly Module _bn2;
    private readonly Module? _downsample;
    private readonly Module _relu;

    /// <summary>Creates a block with PyTorch's default initialisation.</summary>
    public BasicBlock(int inChannels, int channels, int stride = 1)
    {
        // torchvision makes the shortcut before the block, so it draws its weights first.
        Sequential? downsample = stride == 1 && inChannels == channels ? null : new Sequential(
            new Conv2d(inChannels, channels, kernel: 1, stride: stride, bias: false), new BatchNorm2d(channels));
        // The strings are the checkpoint's contract: renaming a field never renames a weight.
        _conv1 = Child("conv1", new Conv2d(inChannels, channels, kernel: 3, stride: stride, padding: 1, bias: false));
        _bn1 = Child("bn1", new BatchNorm2d(channels));
        _conv2 = Child("conv2", new Conv2d(channels, channels, kernel: 3, padding: 1, bias: false));
        _bn2 = Child("bn2", new BatchNorm2d(channels));
        if (downsample is not null)
            _downsample = Child("downsample", downsample);
        // One for all places, as torchvision has it: a tap on it sees the last, the end of the block.
        _relu = Child("relu", new Relu());
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input)
    {
        Tensor y = _relu.Call(_bn1.Call(_conv1.Call(input)));
        y = _bn2.Call(_conv2.Call(y));
        return _relu.Call(y + (_downsample?.Call(input) ?? input));
    }
}
