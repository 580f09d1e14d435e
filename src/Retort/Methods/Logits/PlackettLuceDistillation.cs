using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Golden;
using Retort.Torch;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Logits;

/// <summary>The student ranks the classes as the teacher does, the label first, and the teacher's confidence weighs each
/// rank.</summary>
/// <remarks>
/// <para><b>Paper.</b> Bassam, Zhu and Bian, "PLD: A Choice-Theoretic List-Wise Knowledge
/// Distillation", NeurIPS 2025, arXiv:2506.12542.</para>
/// <para><b>Equation.</b> π is the label, then the other classes by falling teacher logit; a = softmax(z_teacher / τ). The loss
/// is
/// Σ_k a_{π_k} (logsumexp_{l ≥ k} z_student,π_l − z_student,π_k), mean over the batch. All of a on the label gives the
/// cross-entropy.</para>
/// <para><b>Needs.</b> Logits of both, [N, K] each, and labels [N]. It stands alone: no cross-entropy beside it.</para>
/// </remarks>
[Method("pld", Title = "Plackett-Luce distillation", Family = MethodFamily.Logit, Year = 2025, Paper = "arXiv:2506.12542")]
public sealed class PlackettLuceDistillation(PlackettLuceDistillationOptions options) : Criterion(options)
{
    private readonly PlackettLuceDistillationOptions _options = options;

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals) => Loss(
        signals.Student.Logits, signals.Teacher.Logits, signals.Labels, _options.Temperature.At(signals.Clock));

    /// <summary>The loss itself, as a function of tensors alone.</summary>
    /// <param name="student">Student logits, [N, K], any floating dtype. Gradients flow here.</param>
    /// <param name="teacher">Teacher logits, [N, K]; ties keep the order of the classes. No gradient flows here.</param>
    /// <param name="labels">Integer classes, [N].</param>
    /// <param name="temperature">τ of the teacher's confidence, above 0.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor Loss(Tensor student, Tensor teacher, Tensor labels, double temperature = 1)
    {
        RequireLogits(student, teacher, labels);
        RequirePositive(temperature);
        using var scope = new TensorScope();
        Tensor wanted = teacher.AsTarget();
        Tensor order = wanted.Scatter(1, labels.Unsqueeze(1), double.PositiveInfinity).Argsort(1, descending: true);   // [N, K]
        Tensor weight = (wanted / temperature).Softmax(1).Gather(1, order);
        Tensor ranked = student.AtLeastFloat32().Gather(1, order);
        Tensor remaining = ranked.Flip(1).Logcumsumexp(1).Flip(1);   // logsumexp over the classes not yet chosen
        return scope.Keep((weight * (remaining - ranked)).Sum(1).Mean());
    }

    [Golden("pld")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        Tensor student = vector["student_logits"];
        Tensor labels = vector.Find("target") is null
            ? Tensor.Full([student.Size(0)], vector.Number("target_class", 0), DType.Int64)
            : vector.Labels("target");
        return Loss(student, vector["teacher_logits"], labels, vector.Number("T", 1));
    }
}

/// <summary>What a recipe may write under <c>pld:</c>.</summary>
public sealed record PlackettLuceDistillationOptions : CriterionOptions
{
    /// <summary>τ of the teacher's confidence.</summary>
    [Range(0, 1000, MinimumIsExclusive = true)]
    [Tunable(0.5, 4, Log = true)]
    public Schedule Temperature { get; init; } = 1;
}
