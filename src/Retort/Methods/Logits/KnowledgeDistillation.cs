using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Golden;
using Retort.Torch;

namespace Retort.Methods.Logits;

/// <summary>The student matches the teacher's softened class distribution: the relative sizes of wrong classes teach.</summary>
/// <remarks>
/// <para><b>Paper.</b> Hinton, Vinyals and Dean, "Distilling the Knowledge in a Neural Network", arXiv:1503.02531,
/// section 2.</para>
/// <para><b>Equation.</b> τ² KL(softmax(z_teacher / τ) ‖ softmax(z_student / τ)): summed over classes, mean over the batch;
/// dimensionless, 0 at agreement. τ² keeps the size of the gradient when τ changes.</para>
/// <para><b>Needs.</b> Logits of both, [N, K] each.</para>
/// <para><b>Variants.</b> A mean over N·K elements, as some public code has it, is K times weaker. As τ → ∞ the loss becomes
/// ‖c(z_student) − c(z_teacher)‖² / (2K) with c subtracting the row's mean.</para>
/// </remarks>
[Method("kd", Title = "Knowledge distillation", Family = MethodFamily.Logit, Year = 2015, Paper = "arXiv:1503.02531")]
public sealed class KnowledgeDistillation(KnowledgeDistillationOptions options) : Criterion(options)
{
    private readonly KnowledgeDistillationOptions _options = options;

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals) =>
        Loss(signals.Student.Logits, signals.Teacher.Logits, _options.Temperature.At(signals.Clock));

    /// <summary>The loss itself, as a function of tensors alone.</summary>
    /// <param name="student">Student logits, [N, K], any floating dtype. Gradients flow here.</param>
    /// <param name="teacher">Teacher logits, [N, K]. No gradient flows here.</param>
    /// <param name="temperature">τ, above 0.</param>
    /// <returns>A scalar, float32 or wider; NaN for an empty batch.</returns>
    /// <exception cref="ShapeException">The shapes differ, or are no [N, K].</exception>
    /// <exception cref="ArgumentOutOfRangeException">τ is not above 0.</exception>
    public static Tensor Loss(Tensor student, Tensor teacher, double temperature = 4)
    {
        Shapes.RequireDimensions(student, 2);
        Shapes.RequireSame(student, teacher);
        if (!(temperature > 0))
            throw new ArgumentOutOfRangeException(nameof(temperature), temperature, "the temperature must be above 0.");

        using var scope = new TensorScope();
        Tensor target = (teacher.Detach().AtLeastFloat32() / temperature).LogSoftmax(1);
        Tensor found = (student.AtLeastFloat32() / temperature).LogSoftmax(1);
        Tensor divergence = found.KlDiv(target, reduction: 2, logTarget: true);   // 2: the sum
        return scope.Keep(divergence * (temperature * temperature / student.Size(0)));
    }

    [Golden("kd")]
    private static GoldenOutputs Golden(GoldenInputs vector) =>
        Loss(vector["student_logits"], vector["teacher_logits"], vector.Number("T"));
}

/// <summary>What a recipe may write under <c>kd:</c>.</summary>
public sealed record KnowledgeDistillationOptions : CriterionOptions
{
    /// <summary>Creates options whose weight is the usual one beside a cross-entropy of 0.1 on CIFAR.</summary>
    public KnowledgeDistillationOptions() => Weight = Schedule.Constant(0.9);

    /// <summary>τ, which softens both distributions; 4 on CIFAR, 1 on ImageNet, 2 for text.</summary>
    [Range(0, 1000, MinimumIsExclusive = true)]
    [Tunable(1, 10, Log = true)]
    public Schedule Temperature { get; init; } = Schedule.Constant(4);
}
