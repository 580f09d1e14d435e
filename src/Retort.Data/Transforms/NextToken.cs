using Retort.Torch;

namespace Retort.Data.Transforms;

/// <summary>Makes a language model's inputs and labels of token sequences: position i is to predict token i + 1.</summary>
/// <remarks>Input [N, T + 1] becomes [N, T]; labels become [N, T], −100 where the next token is the padding token.</remarks>
public sealed class NextToken : IBatchTransform
{
    /// <summary>The token that fills sequences up and is no target.</summary>
    public const long Padding = 0;

    /// <inheritdoc/>
    /// <exception cref="ShapeException">The input is no [N, T + 1] with two tokens or more.</exception>
    public Batch Apply(Batch batch, in TransformMoment at)
    {
        ArgumentNullException.ThrowIfNull(batch);
        Tensor tokens = batch.Input;
        if (tokens.Dimensions != 2 || tokens.Size(1) < 2)
            throw new ShapeException($"'input' {Shapes.Text(tokens)} must be [N, T] with two tokens or more.");
        using var scope = new TensorScope();
        long length = tokens.Size(1) - 1;
        Tensor next = tokens.Narrow(1, 1, length);
        Tensor labels = scope.Keep(next.MaskedFill(next.Eq(Padding), Dataset.NoLabel));
        Tensor input = scope.Keep(tokens.Narrow(1, 0, length).Contiguous());
        var others = batch.Names.ToDictionary(n => n, n => batch[n]);
        return new Batch(input, labels, batch.Index, batch.Targets, others) { Epoch = batch.Epoch };
    }
}
