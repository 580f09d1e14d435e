namespace Retort.Torch.Nn;

/// <summary>The logarithm of softmax along a dimension, without its overflow.</summary>
/// <remarks>Any shape, kept. A row that is −∞ throughout gives NaN.</remarks>
public sealed class LogSoftmax : Module
{
    private readonly long _dim;

    /// <summary>Creates the function over that dimension; negative numbers count from the end.</summary>
    public LogSoftmax(long dim = -1) => _dim = dim;

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input) => input.LogSoftmax(_dim);
}
