namespace Retort.Torch.Nn;

/// <summary>Transposed convolution over sequences: the gradient of a convolution, used to upsample.</summary>
/// <remarks>
/// <para>[N, in, L] → [N, out, L′],</para>
/// <para>with L′ = (L − 1)·stride − 2·padding + dilation·(kernel − 1) + outputPadding + 1 in each dimension.</para>
/// <para>Parameters: <c>weight</c> [in, out/groups, kernel…], <c>bias</c> [out]; initial values as in PyTorch.</para>
/// </remarks>
public sealed class ConvTranspose1d : Convolution
{
    private readonly long[] _outputPadding;

    /// <summary>Creates the layer with PyTorch's initial values.</summary>
    /// <param name="inChannels">Channels of the input.</param>
    /// <param name="outChannels">Channels of the output.</param>
    /// <param name="kernel">Size of the kernel.</param>
    /// <param name="stride">Step between inputs in the output; 1 when left out.</param>
    /// <param name="padding">What is cut off at both sides; 0 when left out.</param>
    /// <param name="outputPadding">What is added at one side, to choose among the sizes that a stride maps to one.</param>
    /// <param name="groups">Groups of channels that do not see each other.</param>
    /// <param name="bias">Whether a bias is added.</param>
    /// <param name="dilation">Step between the kernel's taps; 1 when left out.</param>
    /// <exception cref="ArgumentException">A size is out of range, or groups does not divide the channels.</exception>
    public ConvTranspose1d(
        long inChannels, long outChannels, Sizes kernel, Sizes stride = default, Sizes padding = default,
        Sizes outputPadding = default, long groups = 1, bool bias = true, Sizes dilation = default)
        : base(1, transposed: true, new ConvolutionSizes
        {
            InChannels = inChannels,
            OutChannels = outChannels,
            Kernel = kernel,
            Stride = stride,
            Padding = padding,
            Dilation = dilation,
            Groups = groups,
        }, bias) => _outputPadding = Check.Spread(outputPadding, 1, missing: 0, least: 0);

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input) => Ops.ConvTranspose1d(
        input, Weight, Bias?.Value, StrideArray, PaddingArray, _outputPadding, Groups, DilationArray);
}
