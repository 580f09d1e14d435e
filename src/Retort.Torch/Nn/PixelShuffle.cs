namespace Retort.Torch.Nn;

/// <summary>Turns channels into positions: an r × r block of pixels from r² channels.</summary>
/// <remarks>[N, C·r², H, W] → [N, C, H·r, W·r]. Shi et al., arXiv:1609.05158.</remarks>
public sealed class PixelShuffle : Module
{
    private readonly long _factor;

    /// <summary>Creates the layer with the factor r.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The factor is below 1.</exception>
    public PixelShuffle(long factor) => _factor = Check.AtLeastOne(factor);

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input) => input.PixelShuffle(_factor);
}
