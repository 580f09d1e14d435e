namespace Retort.Torch.Nn;

/// <summary>x · Φ(x), Φ being the normal distribution's cumulative function.</summary>
/// <remarks>Any shape, kept. Hendrycks and Gimpel, arXiv:1606.08415.</remarks>
public sealed class Gelu : Module
{
    private readonly string _approximate;

    /// <summary>Creates the exact function, or the tanh approximation of GPT-2 and BERT's first code.</summary>
    public Gelu(bool tanh = false) => _approximate = tanh ? "tanh" : "none";

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input) => input.Gelu(approximate: _approximate);
}
