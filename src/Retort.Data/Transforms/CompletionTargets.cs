using Retort.Data.Sets;
using Retort.Torch;

namespace Retort.Data.Transforms;

/// <summary>Makes a language model's inputs and labels of prompts with completions: only the completion and its end are to be
/// predicted.</summary>
/// <remarks>
/// <para>Input [N, L] becomes [N, L − 1] and labels [N, L − 1]: token i + 1 where it belongs to the completion or is the first
/// zero after it, which ends the text; −100 elsewhere. Texts that fill all L tokens have no end.</para>
/// <para>Further texts NAME become inputs under their name and labels under NAME<see cref="LabelsSuffix"/>.</para>
/// </remarks>
public sealed class CompletionTargets : IBatchTransform
{
    /// <summary>What follows a further text's name in the name of its labels.</summary>
    public const string LabelsSuffix = "_labels";

    /// <inheritdoc/>
    /// <exception cref="ShapeException">A text is no [N, L] with two tokens or more.</exception>
    /// <exception cref="KeyNotFoundException">The samples have no <see cref="PromptedText.PlaceField"/>.</exception>
    public Batch Apply(Batch batch, in TransformMoment at)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var others = batch.Names.ToDictionary(n => n, n => batch[n]);
        foreach (string name in batch.Names)
        {
            if (!others.TryGetValue(name + PromptedText.PlaceSuffix, out Tensor? place))
                continue;
            (others[name], others[name + LabelsSuffix]) = Split(batch[name], place);
        }

        (Tensor input, Tensor labels) = Split(batch.Input, batch[PromptedText.PlaceField]);
        return new Batch(input, labels, batch.Index, batch.Targets, others) { Epoch = batch.Epoch };
    }

    private static (Tensor Input, Tensor Labels) Split(Tensor tokens, Tensor place)
    {
        if (tokens.Dimensions != 2 || tokens.Size(1) < 2)
            throw new ShapeException($"'tokens' {Shapes.Text(tokens)} must be [N, L] with two tokens or more.");
        using var scope = new TensorScope();
        long length = tokens.Size(1) - 1;
        Tensor next = tokens.Narrow(1, 1, length);                                        // [N, L − 1]
        Tensor isText = next.Ne(0);
        Tensor isEnd = next.Eq(0).LogicalAnd(tokens.Narrow(1, 0, length).Ne(0));
        Tensor isCompletion = Tensor.Arange(1, length + 1).To(tokens.Device).Ge(place);   // [N, L − 1] of [L − 1] and [N, 1]
        Tensor counts = isText.LogicalOr(isEnd).LogicalAnd(isCompletion);
        Tensor labels = scope.Keep(next.MaskedFill(counts.LogicalNot(), Dataset.NoLabel));
        return (scope.Keep(tokens.Narrow(1, 0, length).Contiguous()), labels);
    }
}
