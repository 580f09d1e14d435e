namespace Retort.Torch.Nn;

/// <summary>x · min(max(x + 3, 0), 6) / 6: swish made of straight lines.</summary>
/// <remarks>Any shape, kept. Howard et al., arXiv:1905.02244.</remarks>
public sealed class Hardswish : Module
{
    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input) => input.Hardswish();
}
