using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Torch;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Logits;

/// <summary>Samples of one class should get like predictions: each matches what the net says to another one of its
/// class.</summary>
/// <remarks>
/// <para><b>Paper.</b> Yun et al., "Regularizing Class-wise Predictions via Self-knowledge Distillation", CVPR 2020,
/// arXiv:2003.13964.</para>
/// <para><b>Equation.</b> τ² KL(softmax(z′ / τ) ‖ softmax(z / τ)), z′ a constant: the logits of another sample of the same class.
/// The mean over the samples that have one in the batch; 0 where none has.</para>
/// <para><b>Needs.</b> Logits [N, K], labels [N], and batches with several samples of a class: many times K samples, or
/// <c>sampling: balanced</c>. No teacher. Beside a cross-entropy of weight 1.</para>
/// <para><b>Variants.</b> The paper draws the other sample in a second pass without a gradient. Here it is the next one of the
/// class in the batch, in turn, so that no pass is added.</para>
/// </remarks>
[Method("cs-kd", Title = "Class-wise self-KD", Family = MethodFamily.Mutual, Year = 2020, Paper = "arXiv:2003.13964")]
public sealed class ClassWiseSelfDistillation(ClassWiseSelfDistillationOptions options) : Criterion(options)
{
    private readonly ClassWiseSelfDistillationOptions _options = options;

    /// <inheritdoc/>
    public override bool NeedsTeacher => false;

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals) =>
        Loss(signals.Student.Logits, signals.Labels, _options.Temperature.At(signals.Clock));

    /// <summary>The loss itself, as a function of tensors alone.</summary>
    /// <param name="student">Logits, [N, K], any floating dtype. Gradients flow here, but not where a row is another's
    /// target.</param>
    /// <param name="labels">Integer classes, [N].</param>
    /// <param name="temperature">τ, above 0.</param>
    /// <returns>A scalar, float32 or wider; 0 where no class occurs twice.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor Loss(Tensor student, Tensor labels, double temperature = 4)
    {
        Shapes.RequireLabelled(student, labels);
        RequirePositive(temperature);
        using var scope = new TensorScope();
        Tensor logits = student.AtLeastFloat32() / temperature;
        (Tensor partner, Tensor has) = Partners(labels);
        Tensor each = KlDivergence(logits.Detach().IndexSelect(0, partner), logits, dim: 1), counts = has.To(each.DType);
        return scope.Keep((each * counts).Sum() / counts.Sum().ClampMin(1) * (temperature * temperature));
    }

    /// <summary>The next row of the same class, and whether there is one: [N] each.</summary>
    private static (Tensor Partner, Tensor Has) Partners(Tensor labels)
    {
        long count = labels.Size(0);
        Tensor places = Ops.Arange(0, count, 1, DType.Int64, labels.Device);
        Tensor ahead = (places.Unsqueeze(0) - places.Unsqueeze(1)).Sub(1).Remainder(count);   // [N, N], 0 for the next row
        Tensor other = labels.Unsqueeze(0).Eq(labels.Unsqueeze(1)).LogicalAnd(places.Unsqueeze(0).Ne(places.Unsqueeze(1)));
        return (ahead.MaskedFill(other.LogicalNot(), count).Argmin(1), other.Any(1));
    }
}

/// <summary>What a recipe may write under <c>cs-kd:</c>. The weight is the authors' λ.</summary>
public sealed record ClassWiseSelfDistillationOptions : CriterionOptions
{
    /// <summary>τ.</summary>
    [Range(0, 1000, MinimumIsExclusive = true)]
    public Schedule Temperature { get; init; } = 4;
}
