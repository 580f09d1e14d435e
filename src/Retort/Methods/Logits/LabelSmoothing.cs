using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Torch;

namespace Retort.Methods.Logits;

/// <summary>Which classes share what <c>label-smoothing</c> takes from the label.</summary>
public enum SmoothingSpread
{
    /// <summary>Every class, the label too: ε / K each.</summary>
    All,

    /// <summary>The other classes: ε / (K − 1) each.</summary>
    Others,
}

/// <summary>A share of the label is spread evenly over the classes, so that no answer is meant to be certain.</summary>
/// <remarks>
/// <para><b>Paper.</b> Szegedy et al., "Rethinking the Inception Architecture for Computer Vision", CVPR 2016,
/// arXiv:1512.00567.</para>
/// <para><b>Equation.</b> −Σ_k q_k log softmax(z)_k, mean over the batch, with q = (1 − ε) y + ε / K, or
/// 1 − ε at the label and ε / (K − 1) elsewhere.</para>
/// <para><b>Needs.</b> Logits [N, K] and labels [N]; no teacher. The whole objective: no cross-entropy beside it.</para>
/// <para><b>Variants.</b> The paper's form is <c>spread: all</c>, as <c>cross-entropy: { label_smoothing: 0.1 }</c> has it; the
/// code of <c>tf-kd</c> uses <c>others</c>, as if ε were K / (K − 1) times as large.</para>
/// </remarks>
[Method("label-smoothing", Title = "Label smoothing", Family = MethodFamily.Logit, Year = 2016, Paper = "arXiv:1512.00567")]
public sealed class LabelSmoothing(LabelSmoothingOptions options) : Criterion(options)
{
    private readonly LabelSmoothingOptions _options = options;

    /// <inheritdoc/>
    public override bool IsTask => true;

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals) =>
        Loss(signals.Student.Logits, signals.Labels, _options.Smoothing.At(signals.Clock), _options.Spread);

    /// <summary>The loss itself, as a function of tensors alone.</summary>
    /// <param name="student">Logits, [N, K], any floating dtype. Gradients flow here.</param>
    /// <param name="labels">Integer classes, [N].</param>
    /// <param name="smoothing">ε in [0, 1).</param>
    /// <param name="spread">Which classes share ε.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor Loss(Tensor student, Tensor labels, double smoothing = 0.1, SmoothingSpread spread = SmoothingSpread.All)
    {
        Shapes.RequireLabelled(student, labels);
        return spread == SmoothingSpread.All
            ? CrossEntropy.Loss(student, labels, smoothing)
            : VirtualTeacher.SmoothedCrossEntropy(student, labels, smoothing);
    }
}

/// <summary>What a recipe may write under <c>label-smoothing:</c>.</summary>
public sealed record LabelSmoothingOptions : CriterionOptions
{
    /// <summary>ε, the paper's on ImageNet.</summary>
    [Range(0, 1, MaximumIsExclusive = true)]
    public Schedule Smoothing { get; init; } = 0.1;

    /// <summary>Which classes share ε.</summary>
    public SmoothingSpread Spread { get; init; }
}
