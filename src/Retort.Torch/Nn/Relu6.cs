namespace Retort.Torch.Nn;

/// <summary>min(max(x, 0), 6).</summary>
/// <remarks>Any shape, kept.</remarks>
public sealed class Relu6 : Module
{
    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input) => input.Relu6();
}
