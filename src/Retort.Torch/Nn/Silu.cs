namespace Retort.Torch.Nn;

/// <summary>x · sigmoid(x), also called swish.</summary>
/// <remarks>Any shape, kept. Elfwing et al., arXiv:1702.03118.</remarks>
public sealed class Silu : Module
{
    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input) => input.Silu();
}
