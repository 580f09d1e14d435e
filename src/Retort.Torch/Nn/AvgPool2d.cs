namespace Retort.Torch.Nn;

/// <summary>The mean of each window.</summary>
/// <remarks>[N, C, H, W] → [N, C, H′, W′] with H′ = ⌊(H + 2·padding − kernel) / stride⌋ + 1, or ⌈…⌉ with ceiling.</remarks>
public sealed class AvgPool2d : Module
{
    private readonly long[] _kernel;
    private readonly long[] _stride;
    private readonly long[] _padding;
    private readonly bool _ceiling;
    private readonly bool _countPadding;

    /// <summary>Creates the layer; the stride is the kernel's size when left out.</summary>
    /// <exception cref="ArgumentException">A size is out of range.</exception>
    public AvgPool2d(
        Sizes kernel, Sizes stride = default, Sizes padding = default, bool ceiling = false, bool countPadding = true)
    {
        _kernel = Check.Spread(kernel, 2, missing: 0);
        _stride = stride.IsAbsent ? _kernel : Check.Spread(stride, 2, missing: 1);
        _padding = Check.Spread(padding, 2, missing: 0, least: 0);
        _ceiling = ceiling;
        _countPadding = countPadding;
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input) =>
        input.AvgPool2d(_kernel, _stride, _padding, _ceiling, _countPadding);
}
