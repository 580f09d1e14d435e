namespace Retort.Torch.Nn;

/// <summary>Batch normalisation of vectors or sequences over every dimension but the channels'.</summary>
/// <remarks>
/// [N, C] or [N, C, L], shape kept. Ioffe and Szegedy, arXiv:1502.03167. See <see cref="BatchNorm"/> for the rules.
/// </remarks>
public sealed class BatchNorm1d : BatchNorm
{
    /// <summary>Creates the layer with weight 1, bias 0 and PyTorch's defaults, or with other options.</summary>
    public BatchNorm1d(long channels, BatchNormOptions? options = null)
        : base(channels, least: 2, most: 3, options ?? new BatchNormOptions())
    {
    }
}
