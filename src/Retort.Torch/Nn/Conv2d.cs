namespace Retort.Torch.Nn;

/// <summary>Convolution over images.</summary>
/// <remarks>
/// <para>[N, in, H, W] → [N, out, H′, W′],</para>
/// <para>with L′ = ⌊(L + 2·padding − dilation·(kernel − 1) − 1) / stride⌋ + 1 in each dimension.</para>
/// <para>Parameters: <c>weight</c> [out, in/groups, kernel…], <c>bias</c> [out]; both start uniform in
/// ±1/√(in/groups · kernel).</para>
/// </remarks>
public sealed class Conv2d : Convolution
{
    private readonly PaddingMode _mode;
    private readonly long[] _border;

    /// <summary>Creates the layer with PyTorch's initial values.</summary>
    /// <param name="inChannels">Channels of the input.</param>
    /// <param name="outChannels">Channels of the output.</param>
    /// <param name="kernel">Size of the kernel.</param>
    /// <param name="stride">Step between outputs; 1 when left out.</param>
    /// <param name="padding">What is added at both sides; 0 when left out.</param>
    /// <param name="dilation">Step between the kernel's taps; 1 when left out.</param>
    /// <param name="groups">Groups of channels that do not see each other.</param>
    /// <param name="bias">Whether a bias is added.</param>
    /// <param name="mode">What the padding holds.</param>
    /// <exception cref="ArgumentException">A size is out of range, or groups does not divide the channels.</exception>
    public Conv2d(
        long inChannels, long outChannels, Sizes kernel, Sizes stride = default, Sizes padding = default,
        Sizes dilation = default, long groups = 1, bool bias = true, PaddingMode mode = PaddingMode.Zeros)
        : base(2, transposed: false, new ConvolutionSizes
        {
            InChannels = inChannels,
            OutChannels = outChannels,
            Kernel = kernel,
            Stride = stride,
            Padding = padding,
            Dilation = dilation,
            Groups = groups,
        }, bias)
    {
        _mode = mode;
        _border = [PaddingArray[1], PaddingArray[1], PaddingArray[0], PaddingArray[0]];
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input) => _mode switch
    {
        PaddingMode.Reflect => Inside(input.ReflectionPad2d(_border)),
        PaddingMode.Replicate => Inside(input.ReplicationPad2d(_border)),
        _ => Ops.Conv2d(input, Weight, Bias?.Value, StrideArray, PaddingArray, DilationArray, Groups),
    };

    private Tensor Inside(Tensor padded) => Ops.Conv2d(padded, Weight, Bias?.Value, StrideArray, 0, DilationArray, Groups);
}
