using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Golden;
using Retort.Torch;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Logits;

/// <summary>Splits the soft-label loss into how sure of the label and how the wrong classes compare, and weighs them
/// apart.</summary>
/// <remarks>
/// <para><b>Paper.</b> Zhao et al., "Decoupled Knowledge Distillation", CVPR 2022, arXiv:2203.08679.</para>
/// <para><b>Equation.</b> With b = (p_y, 1 − p_y) and q the softmax over the K − 1 wrong classes, all at τ:
/// τ² (α KL(b_teacher ‖ b_student) + β KL(q_teacher ‖ q_student)), mean over the batch; 0 at agreement.
/// With α = 1 and β = 1 − p_y of the teacher it is the loss of <c>kd</c>, sample by sample.</para>
/// <para><b>Needs.</b> Logits of both, [N, K] each, and labels [N].</para>
/// <para><b>Variants.</b> The paper's code multiplies the term by min(epoch / 20, 1): write the weight as a ramp for that. It
/// removes
/// the label by adding −1000 to its logit; here the column is left out, which gives the same value.</para>
/// </remarks>
[Method("dkd", Title = "Decoupled KD", Family = MethodFamily.Logit, Year = 2022, Paper = "arXiv:2203.08679")]
public sealed class DecoupledKnowledgeDistillation(DecoupledKnowledgeDistillationOptions options) : Criterion(options)
{
    private readonly DecoupledKnowledgeDistillationOptions _options = options;

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals) => Loss(
        signals.Student.Logits, signals.Teacher.Logits, signals.Labels,
        _options.Alpha, _options.Beta, _options.Temperature.At(signals.Clock));

    /// <summary>The loss itself, as a function of tensors alone.</summary>
    /// <param name="student">Student logits, [N, K], any floating dtype. Gradients flow here.</param>
    /// <param name="teacher">Teacher logits, [N, K]. No gradient flows here.</param>
    /// <param name="labels">Integer classes, [N].</param>
    /// <param name="alpha">Weight of the target part.</param>
    /// <param name="beta">Weight of the non-target part.</param>
    /// <param name="temperature">τ, above 0.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor Loss(
        Tensor student, Tensor teacher, Tensor labels, double alpha = 1, double beta = 8, double temperature = 4)
    {
        RequireLogits(student, teacher, labels);
        RequirePositive(temperature);
        using var scope = new TensorScope();
        Tensor found = student.AtLeastFloat32() / temperature, wanted = teacher.AsTarget() / temperature;
        Tensor target = KlDivergence(TargetOrRest(wanted, labels), TargetOrRest(found, labels), dim: 1);
        Tensor rest = KlDivergence(wanted.WithoutLabel(labels), found.WithoutLabel(labels), dim: 1);
        return scope.Keep((alpha * target + beta * rest).Mean() * (temperature * temperature));
    }

    // Scores whose softmax is (p_y, 1 − p_y): a log of sums, where the log of a sum of probabilities would lose small ones.
    private static Tensor TargetOrRest(Tensor logits, Tensor labels) =>
        Ops.Stack([logits.AtLabel(labels), logits.WithoutLabel(labels).LogSumExp(1)], dim: 1);

    [Golden("dkd")]
    private static GoldenOutputs Golden(GoldenInputs vector) => Loss(
        vector["student_logits"], vector["teacher_logits"], vector.Labels("target"),
        vector.Number("alpha"), vector.Number("beta"), vector.Number("T"));
}

/// <summary>What a recipe may write under <c>dkd:</c>.</summary>
public sealed record DecoupledKnowledgeDistillationOptions : CriterionOptions
{
    /// <summary>α, the weight of the target part.</summary>
    [Range(0, double.MaxValue)]
    public double Alpha { get; init; } = 1;

    /// <summary>β, the weight of the non-target part; 0.25 to 8 on CIFAR-100 by pair, 0.5 on ImageNet.</summary>
    [Range(0, double.MaxValue)]
    [Tunable(0.5, 16, Log = true)]
    public double Beta { get; init; } = 8;

    /// <summary>τ; 4 on CIFAR, 1 on ImageNet.</summary>
    [Range(0, 1000, MinimumIsExclusive = true)]
    [Tunable(1, 10, Log = true)]
    public Schedule Temperature { get; init; } = 4;
}
