namespace Retort.Torch.Nn;

/// <summary>Means over windows chosen so that the output has the wanted length.</summary>
/// <remarks>[N, C, L] → [N, C, size].</remarks>
public sealed class AdaptiveAvgPool1d : Module
{
    private readonly long[] _size;

    /// <summary>Creates the layer with the size of its output; 1 pools everything.</summary>
    /// <exception cref="ArgumentException">A size is below 1.</exception>
    public AdaptiveAvgPool1d(Sizes size) => _size = Check.Spread(size, 1, missing: 0);

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input) => input.AdaptiveAvgPool1d(_size);
}
