using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Golden;
using Retort.Torch;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Logits;

/// <summary>Compares nets of different families in class space, with the teacher's confidence in the label raised.</summary>
/// <remarks>
/// <para><b>Paper.</b> Hao et al., "One-for-All: Bridge the Gap Between Heterogeneous Architectures in Knowledge
/// Distillation", NeurIPS 2023, arXiv:2310.19444.</para>
/// <para><b>Equation.</b> −Σ_k ((p_teacher,k + m_k)^γ − m_k) log p_student,k, mean over the batch; m is one at the label, p at
/// τ, no τ².
/// γ = 1 is the cross-entropy with soft labels; γ above 1 raises the label's target to (1 + p)^γ − 1.</para>
/// <para><b>Needs.</b> Logits of both, [N, K] each, and labels [N]; beside a cross-entropy of weight 1. A tapped exit branch of
/// the
/// student gives [N, K] too and is one more term of this kind.</para>
/// </remarks>
[Method("ofa-kd", Title = "One-for-All", Family = MethodFamily.Logit, Year = 2023, Paper = "arXiv:2310.19444")]
public sealed class OneForAll(OneForAllOptions options) : Criterion(options)
{
    private readonly OneForAllOptions _options = options;

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals) => Loss(
        _options.StudentExit is { } exit ? signals.Student.Tap(exit) : signals.Student.Logits,
        signals.Teacher.Logits, signals.Labels, _options.Gamma, _options.Temperature.At(signals.Clock));

    /// <summary>The loss itself, as a function of tensors alone.</summary>
    /// <param name="student">Student logits, [N, K], any floating dtype. Gradients flow here.</param>
    /// <param name="teacher">Teacher logits, [N, K]. No gradient flows here.</param>
    /// <param name="labels">Integer classes, [N].</param>
    /// <param name="gamma">γ, above 0.</param>
    /// <param name="temperature">τ, above 0.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor Loss(Tensor student, Tensor teacher, Tensor labels, double gamma = 1.5, double temperature = 1)
    {
        RequireLogits(student, teacher, labels);
        RequirePositive(gamma);
        RequirePositive(temperature);
        using var scope = new TensorScope();
        Tensor wanted = (teacher.AsTarget() / temperature).Softmax(1);
        Tensor label = wanted.ZerosLike().Scatter(1, labels.Unsqueeze(1), 1);
        Tensor target = (wanted + label).Pow(gamma) - label;
        return scope.Keep(-(target * (student.AtLeastFloat32() / temperature).LogSoftmax(1)).Sum(1).Mean());
    }

    [Golden("ofa-kd")]
    private static GoldenOutputs Golden(GoldenInputs vector) => Loss(
        vector["student_logits"], vector["teacher_logits"], vector.Labels("target"), vector.Number("eps_gamma"),
        vector.Number("T"));
}

/// <summary>What a recipe may write under <c>ofa-kd:</c>.</summary>
public sealed record OneForAllOptions : CriterionOptions
{
    /// <summary>γ, 1 to 1.5 by pair.</summary>
    [Range(0, 10, MinimumIsExclusive = true)]
    [Tunable(1, 3)]
    public double Gamma { get; init; } = 1.5;

    /// <summary>τ of both nets.</summary>
    [Range(0, 1000, MinimumIsExclusive = true)]
    [Tunable(1, 10, Log = true)]
    public Schedule Temperature { get; init; } = 1;

    /// <summary>Module path of an exit branch of the student that gives class scores; none for its final logits.</summary>
    public TapPath? StudentExit { get; init; }
}
