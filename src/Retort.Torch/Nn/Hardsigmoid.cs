namespace Retort.Torch.Nn;

/// <summary>min(max(x + 3, 0), 6) / 6: the sigmoid made of straight lines.</summary>
/// <remarks>Any shape, kept.</remarks>
public sealed class Hardsigmoid : Module
{
    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input) => input.Hardsigmoid();
}
