using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Golden;
using Retort.Torch;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Logits;

/// <summary>A soft label for the right class and, renormalised to sum to one in both nets, soft labels for the wrong
/// ones.</summary>
/// <remarks>
/// <para><b>Paper.</b> Yang et al., "From Knowledge Distillation to Self-Knowledge Distillation: A Unified Approach with
/// Normalized Loss and Customized Soft Labels", ICCV 2023, arXiv:2303.13005.</para>
/// <para><b>Equation.</b> −p_teacher(y) log p_student(y) − γ τ² Σ_{k≠y} u_k log s_k, mean over the batch; p at temperature 1, u
/// and s the
/// softmaxes of the K − 1 other logits at τ. A cross-entropy: at agreement it is the entropy, not 0.</para>
/// <para><b>Needs.</b> Logits of both, [N, K] each, and labels [N]; beside a cross-entropy of weight 1.</para>
/// </remarks>
[Method("nkd", Title = "Normalised KD", Family = MethodFamily.Logit, Year = 2023, Paper = "arXiv:2303.13005")]
public sealed class NormalizedKnowledgeDistillation(NormalizedKnowledgeDistillationOptions options) : Criterion(options)
{
    private readonly NormalizedKnowledgeDistillationOptions _options = options;

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals) => Loss(
        signals.Student.Logits, signals.Teacher.Logits, signals.Labels, _options.Gamma, _options.Temperature.At(signals.Clock));

    /// <summary>The loss itself, as a function of tensors alone.</summary>
    /// <param name="student">Student logits, [N, K], any floating dtype. Gradients flow here.</param>
    /// <param name="teacher">Teacher logits, [N, K]. No gradient flows here.</param>
    /// <param name="labels">Integer classes, [N].</param>
    /// <param name="gamma">γ, the weight of the non-target part.</param>
    /// <param name="temperature">τ of the non-target part, above 0.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor Loss(Tensor student, Tensor teacher, Tensor labels, double gamma = 1.5, double temperature = 1)
    {
        RequireLogits(student, teacher, labels);
        RequirePositive(temperature);
        using var scope = new TensorScope();
        Tensor found = student.AtLeastFloat32(), wanted = teacher.AsTarget();
        Tensor target = -(wanted.Softmax(1).AtLabel(labels) * found.LogSoftmax(1).AtLabel(labels));
        Tensor rest = SoftCrossEntropy(
            wanted.WithoutLabel(labels) / temperature, found.WithoutLabel(labels) / temperature, dim: 1);
        return scope.Keep((target + rest * (gamma * temperature * temperature)).Mean());
    }

    [Golden("nkd")]
    private static GoldenOutputs Golden(GoldenInputs vector) => Loss(
        vector["student_logits"], vector["teacher_logits"], vector.Labels("target"), vector.Number("gamma"),
        vector.Number("temp"));
}

/// <summary>What a recipe may write under <c>nkd:</c>.</summary>
public sealed record NormalizedKnowledgeDistillationOptions : CriterionOptions
{
    /// <summary>γ, the weight of the non-target part; 1.5 on ImageNet, 1 on CIFAR.</summary>
    [Range(0, double.MaxValue)]
    [Tunable(0.3, 5, Log = true)]
    public double Gamma { get; init; } = 1.5;

    /// <summary>τ of the non-target part.</summary>
    [Range(0, 1000, MinimumIsExclusive = true)]
    [Tunable(1, 10, Log = true)]
    public Schedule Temperature { get; init; } = 1;
}
