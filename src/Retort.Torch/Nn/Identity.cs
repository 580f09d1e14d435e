namespace Retort.Torch.Nn;

/// <summary>Passes its input through: a place for a tap, or for a module that an option leaves out.</summary>
/// <remarks>Any shape, kept.</remarks>
public sealed class Identity : Module
{
    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input) => input;
}
