namespace Retort.Torch.Nn;

/// <summary>max(x, 0).</summary>
/// <remarks>Any shape, kept.</remarks>
public sealed class Relu : Module
{
    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input) => input.Relu();
}
