namespace Retort.Torch.Nn;

/// <summary>x above zero, alpha · (exp(x) − 1) below.</summary>
/// <remarks>Any shape, kept. Clevert et al., arXiv:1511.07289.</remarks>
public sealed class Elu : Module
{
    private readonly double _alpha;

    /// <summary>Creates the function with its limit below zero, −alpha.</summary>
    public Elu(double alpha = 1) => _alpha = alpha;

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input) => input.Elu(_alpha);
}
