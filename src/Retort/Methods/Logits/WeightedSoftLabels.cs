using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Golden;
using Retort.Torch;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Logits;

/// <summary>Soft labels weigh more where the student is worse than the teacher on the true label.</summary>
/// <remarks>
/// <para><b>Paper.</b> Zhou et al., "Rethinking Soft Labels for Knowledge Distillation: A Bias-Variance Tradeoff
/// Perspective", ICLR 2021, arXiv:2102.00650.</para>
/// <para><b>Equation.</b> α τ² · mean of w · (−Σ_k p_teacher,k log p_student,k) at τ, with w = 1 − exp(−CE_student /
/// (CE_teacher + 1e-7)),
/// both cross-entropies at temperature 1 and without gradient.</para>
/// <para><b>Needs.</b> Logits of both, [N, K] each, and labels [N]; beside a cross-entropy of weight 1.</para>
/// </remarks>
[Method("wsld", Title = "Weighted soft labels", Family = MethodFamily.Logit, Year = 2021, Paper = "arXiv:2102.00650")]
public sealed class WeightedSoftLabels(WeightedSoftLabelsOptions options) : Criterion(options)
{
    private readonly WeightedSoftLabelsOptions _options = options;

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals) => Loss(
        signals.Student.Logits, signals.Teacher.Logits, signals.Labels, _options.Temperature.At(signals.Clock));

    /// <summary>The loss itself without its α, as a function of tensors alone.</summary>
    /// <param name="student">Student logits, [N, K], any floating dtype. Gradients flow here.</param>
    /// <param name="teacher">Teacher logits, [N, K]. No gradient flows here.</param>
    /// <param name="labels">Integer classes, [N].</param>
    /// <param name="temperature">τ, above 0.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor Loss(Tensor student, Tensor teacher, Tensor labels, double temperature = 4)
    {
        RequireLogits(student, teacher, labels);
        RequirePositive(temperature);
        using var scope = new TensorScope();
        Tensor found = student.AtLeastFloat32(), wanted = teacher.AsTarget();
        Tensor own = -found.Detach().LogSoftmax(1).AtLabel(labels), others = -wanted.LogSoftmax(1).AtLabel(labels);
        Tensor weight = 1 - (-(own / (others + 1e-7)).ClampMin(0)).Exp();
        Tensor soft = SoftCrossEntropy(wanted / temperature, found / temperature, dim: 1);
        return scope.Keep((weight * soft).Mean() * (temperature * temperature));
    }

    [Golden("wsld")]
    private static GoldenOutputs Golden(GoldenInputs vector) => vector.Number("alpha")
        * Loss(vector["student_logits"], vector["teacher_logits"], vector.Labels("target"), vector.Number("T"));
}

/// <summary>What a recipe may write under <c>wsld:</c>.</summary>
public sealed record WeightedSoftLabelsOptions : CriterionOptions
{
    /// <summary>Creates options whose weight is the paper's α on CIFAR-100; 2.5 on ImageNet.</summary>
    public WeightedSoftLabelsOptions() => Weight = 2.25;

    /// <summary>τ; 4 on CIFAR-100, 2 on ImageNet.</summary>
    [Range(0, 1000, MinimumIsExclusive = true)]
    [Tunable(1, 10, Log = true)]
    public Schedule Temperature { get; init; } = 4;
}
