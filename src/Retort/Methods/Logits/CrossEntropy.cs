using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Torch;

namespace Retort.Methods.Logits;

/// <summary>The task loss: the student should give the label.</summary>
/// <remarks>
/// <para><b>Equation.</b> −Σ_k q_k log softmax(z)_k, mean over the batch; q is one at the label, or the soft targets of mixup and
/// CutMix. With label smoothing ε, q ← (1 − ε) q + ε / K (Szegedy et al., arXiv:1512.00567, section 7).</para>
/// <para><b>Needs.</b> Logits [N, K] and labels [N], those of tokens, [N, T, K] and [N, T], or of pixels, [N, K, H, W] and
/// [N, H, W]; the mean is over tokens or pixels, and a label of −100 does not count. No teacher.</para>
/// </remarks>
[Named("cross-entropy")]
public sealed class CrossEntropy(CrossEntropyOptions options) : Criterion(options)
{
    private readonly CrossEntropyOptions _options = options;

    /// <inheritdoc/>
    public override bool IsTask => true;

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals) =>
        Loss(signals.Student.Logits, signals.Batch.Targets ?? signals.Labels, _options.LabelSmoothing);

    /// <summary>The loss itself, as a function of tensors alone.</summary>
    /// <param name="logits">[N, K], [N, T, K] or [N, K, H, W], any floating dtype. Gradients flow here.</param>
    /// <param name="labels">Integer classes [N], or target probabilities [N, K]; integer classes [N, T] for [N, T, K],
    /// [N, H, W] for [N, K, H, W].</param>
    /// <param name="labelSmoothing">ε in [0, 1).</param>
    /// <returns>A scalar, float32 or wider; NaN for an empty batch.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor Loss(Tensor logits, Tensor labels, double labelSmoothing = 0)
    {
        ArgumentNullException.ThrowIfNull(labels);
        using var scope = new TensorScope();
        if (logits is { Dimensions: 3 } && labels.Dimensions == 2 && logits.Size(1) == labels.Size(1))
            (logits, labels) = (logits.Flatten(0, 1), labels.Flatten());   // [N·T, K], [N·T]
        if (logits is not { Dimensions: 4 })
            Shapes.RequireDimensions(logits, 2);
        Shapes.RequireSameBatch(logits, labels);
        if (logits.Dimensions == 4
            && (labels.Dimensions != 3 || !logits.Shape.AsSpan(2).SequenceEqual(labels.Shape.AsSpan(1))))
        {
            throw new ShapeException(
                $"'{nameof(labels)}' {Shapes.Text(labels)} must be [N, H, W], "
                + $"the pixels of '{nameof(logits)}' {Shapes.Text(logits)}.");
        }

        return scope.Keep(logits.AtLeastFloat32().CrossEntropyLoss(labels, labelSmoothing: labelSmoothing));
    }
}

/// <summary>What a recipe may write under <c>cross-entropy:</c>.</summary>
public sealed record CrossEntropyOptions : CriterionOptions
{
    /// <summary>How much of the target is spread evenly over the classes, in [0, 1).</summary>
    [Range(0, 1, MaximumIsExclusive = true)]
    [Tunable(0, 0.3)]
    public double LabelSmoothing { get; init; }
}
