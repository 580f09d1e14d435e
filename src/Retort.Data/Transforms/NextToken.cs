using Retort.Torch;

namespace Retort.Data.Transforms;

/// <summary>Makes a language model's inputs and labels of token sequences: position i is to predict token i + 1.</summary>
/// <remarks>Input [N, T + 1] becomes [N, T]; labels become [N, T], −100 where the next token is the padding token, or where the
/// batch's <see cref="Mask"/> has 0 for it: prompts, say, which nobody is to learn.</remarks>
public sealed class NextToken : IBatchTransform
{
    /// <summary>The token that fills sequences up and is no target.</summary>
    public const long Padding = 0;

    /// <summary>What a batch calls its mask, uint8 [N, T + 1]: 0 where a token is no target. Without one all are.</summary>
    public const string Mask = "mask";

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
        Tensor ignored = next.Eq(Padding);
        if (batch.Names.Contains(Mask))
            ignored = ignored.LogicalOr(batch[Mask].Narrow(1, 1, length).Eq(0));
        Tensor labels = scope.Keep(next.MaskedFill(ignored, Dataset.NoLabel));
        Tensor input = scope.Keep(tokens.Narrow(1, 0, length).Contiguous());
        var others = batch.Names.ToDictionary(n => n, n => batch[n]);
        return new Batch(input, labels, batch.Index, batch.Targets, others) { Epoch = batch.Epoch };
    }
}
