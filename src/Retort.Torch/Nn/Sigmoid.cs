namespace Retort.Torch.Nn;

/// <summary>1 / (1 + exp(−x)).</summary>
/// <remarks>Any shape, kept.</remarks>
public sealed class Sigmoid : Module
{
    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input) => input.Sigmoid();
}
