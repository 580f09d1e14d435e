namespace Retort.Torch.Nn;

/// <summary>The hyperbolic tangent.</summary>
/// <remarks>Any shape, kept.</remarks>
public sealed class Tanh : Module
{
    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input) => input.Tanh();
}
