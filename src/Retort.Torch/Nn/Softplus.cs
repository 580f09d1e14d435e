namespace Retort.Torch.Nn;

/// <summary>log(1 + exp(x)), a smooth ReLU.</summary>
/// <remarks>Any shape, kept.</remarks>
public sealed class Softplus : Module
{
    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input) => input.Softplus();
}
