using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Golden;
using Retort.Torch;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Logits;

/// <summary>Each sample's own spread of logits is its temperature, so only relations between classes are matched, not
/// sizes.</summary>
/// <remarks>
/// <para><b>Paper.</b> Sun et al., "Logit Standardization in Knowledge Distillation", CVPR 2024, arXiv:2403.01427.</para>
/// <para><b>Equation.</b> τ² KL(softmax(Z(z_teacher) / τ) ‖ softmax(Z(z_student) / τ)) with Z(z) = (z − mean) / (s + 1e-7), s the
/// unbiased standard deviation over the classes; mean over the batch, 0 at agreement. Gradients flow through mean and s.</para>
/// <para><b>Needs.</b> Logits of both, [N, K] each, K above 2: with two classes every sample becomes ±0.707.</para>
/// </remarks>
[Method("logit-standardization", Title = "Logit standardisation", Family = MethodFamily.Logit,
    Year = 2024, Paper = "arXiv:2403.01427")]
public sealed class LogitStandardization(LogitStandardizationOptions options) : Criterion(options)
{
    private readonly LogitStandardizationOptions _options = options;

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals) =>
        Loss(signals.Student.Logits, signals.Teacher.Logits, _options.Temperature.At(signals.Clock));

    /// <summary>The loss itself, as a function of tensors alone.</summary>
    /// <param name="student">Student logits, [N, K], any floating dtype. Gradients flow here.</param>
    /// <param name="teacher">Teacher logits, [N, K]. No gradient flows here.</param>
    /// <param name="temperature">τ, above 0.</param>
    /// <returns>A scalar, float32 or wider; NaN where K is 1.</returns>
    /// <exception cref="ShapeException">The shapes differ, or are no [N, K].</exception>
    public static Tensor Loss(Tensor student, Tensor teacher, double temperature = 2)
    {
        RequireLogits(student, teacher);
        RequirePositive(temperature);
        using var scope = new TensorScope();
        Tensor divergence = KlDivergence(
            Standardize(teacher.AsTarget()) / temperature, Standardize(student.AtLeastFloat32()) / temperature, dim: 1);
        return scope.Keep(divergence.Mean() * (temperature * temperature));
    }

    private static Tensor Standardize(Tensor logits) =>
        (logits - logits.Mean(1, keepDim: true)) / (logits.Std(1, unbiased: true, keepDim: true) + 1e-7);

    [Golden("logit-standardization")]
    private static GoldenOutputs Golden(GoldenInputs vector) =>
        Loss(vector["student_logits"], vector["teacher_logits"], vector.Number("base_temp"));
}

/// <summary>What a recipe may write under <c>logit-standardization:</c>.</summary>
public sealed record LogitStandardizationOptions : CriterionOptions
{
    /// <summary>Creates options whose weight is the paper's on CIFAR-100, beside a cross-entropy of 0.1.</summary>
    public LogitStandardizationOptions() => Weight = 9;

    /// <summary>τ, after the logits have unit spread.</summary>
    [Range(0, 1000, MinimumIsExclusive = true)]
    [Tunable(1, 10, Log = true)]
    public Schedule Temperature { get; init; } = 2;
}
