namespace Retort.Torch.Nn;

/// <summary>exp(x) over its sum along a dimension: probabilities from logits.</summary>
/// <remarks>Any shape, kept. A row that is −∞ throughout gives NaN.</remarks>
public sealed class Softmax : Module
{
    private readonly long _dim;

    /// <summary>Creates the function over that dimension; negative numbers count from the end.</summary>
    public Softmax(long dim = -1) => _dim = dim;

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input) => input.Softmax(_dim);
}
