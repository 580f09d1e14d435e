namespace Retort.Torch.Nn;

/// <summary>Batch normalisation of images over every dimension but the channels'.</summary>
/// <remarks>[N, C, H, W], shape kept. Ioffe and Szegedy, arXiv:1502.03167. See <see cref="BatchNorm"/> for the rules.</remarks>
public sealed class BatchNorm2d : BatchNorm
{
    /// <summary>Creates the layer with weight 1, bias 0 and PyTorch's defaults, or with other options.</summary>
    public BatchNorm2d(long channels, BatchNormOptions? options = null)
        : base(channels, least: 4, most: 4, options ?? new BatchNormOptions())
    {
    }
}
