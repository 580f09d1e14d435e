namespace Retort.Torch.Nn;

/// <summary>x above zero, slope · x below.</summary>
/// <remarks>Any shape, kept.</remarks>
public sealed class LeakyRelu : Module
{
    private readonly double _slope;

    /// <summary>Creates the function with its slope below zero.</summary>
    public LeakyRelu(double slope = 0.01) => _slope = slope;

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input) => input.LeakyRelu(_slope);
}
