namespace Retort.Torch.Nn;

/// <summary>What the convolutions share: sizes, the weight and bias, and PyTorch's initial values.</summary>
public abstract class Convolution : Module
{
    private readonly long[] _stride;
    private readonly long[] _padding;
    private readonly long[] _dilation;

    private protected Convolution(int dimensions, bool transposed, ConvolutionSizes sizes, bool bias)
    {
        InChannels = Check.AtLeastOne(sizes.InChannels);
        OutChannels = Check.AtLeastOne(sizes.OutChannels);
        Groups = Check.AtLeastOne(sizes.Groups);
        Check.Divides(Groups, InChannels, "groups", "inChannels");
        Check.Divides(Groups, OutChannels, "groups", "outChannels");
        Sizes kernel = sizes.Kernel, stride = sizes.Stride, padding = sizes.Padding, dilation = sizes.Dilation;
        KernelSize = Check.Spread(kernel, dimensions, missing: 0);
        _stride = Check.Spread(stride, dimensions, missing: 1);
        _padding = Check.Spread(padding, dimensions, missing: 0, least: 0);
        _dilation = Check.Spread(dilation, dimensions, missing: 1);

        long[] shape = transposed
            ? [InChannels, OutChannels / Groups, .. KernelSize]
            : [OutChannels, InChannels / Groups, .. KernelSize];
        Tensor weight = Init.KaimingUniform(Tensor.Empty(DType.Float32, shape), slope: Math.Sqrt(5));
        Weight = Parameter("weight", weight);
        double bound = 1 / Math.Sqrt(Init.FanOf(weight, Fan.In));
        Bias = bias ? Parameter("bias", Init.Uniform(Tensor.Empty(DType.Float32, OutChannels), -bound, bound)) : null;
    }

    /// <summary>Channels of the input.</summary>
    public long InChannels { get; }

    /// <summary>Channels of the output.</summary>
    public long OutChannels { get; }

    /// <summary>Groups of channels that do not see each other; as many as channels is depthwise.</summary>
    public long Groups { get; }

    /// <summary>The kernel, one number a dimension.</summary>
    public IReadOnlyList<long> KernelSize { get; }

    /// <summary>The step between outputs, one number a dimension.</summary>
    public IReadOnlyList<long> Stride => _stride;

    /// <summary>What is added at both sides, one number a dimension.</summary>
    public IReadOnlyList<long> Padding => _padding;

    /// <summary>The step between the kernel's taps, one number a dimension.</summary>
    public IReadOnlyList<long> Dilation => _dilation;

    /// <summary>The weight: [out, in/groups, kernel…]; transposed convolutions have [in, out/groups, kernel…].</summary>
    public Parameter Weight { get; }

    /// <summary>The bias, [out], or null without one.</summary>
    public Parameter? Bias { get; }

    private protected long[] StrideArray => _stride;

    private protected long[] PaddingArray => _padding;

    private protected long[] DilationArray => _dilation;
}

/// <summary>The numbers of a convolution, handed to the base at once.</summary>
internal readonly ref struct ConvolutionSizes
{
    public required long InChannels { get; init; }

    public required long OutChannels { get; init; }

    public required Sizes Kernel { get; init; }

    public Sizes Stride { get; init; }

    public Sizes Padding { get; init; }

    public Sizes Dilation { get; init; }

    public required long Groups { get; init; }
}

/// <summary>What stands beyond the border of a convolution's input.</summary>
public enum PaddingMode
{
    /// <summary>Zeros.</summary>
    Zeros,

    /// <summary>The input mirrored at its border element, which is not repeated.</summary>
    Reflect,

    /// <summary>The border element.</summary>
    Replicate,
}
