using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Torch;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Logits;

/// <summary>How <c>ranking</c> measures that two classes stand in the wrong order.</summary>
public enum RankingForm
{
    /// <summary>max(0, lead of the teacher − lead of the student), of probabilities.</summary>
    Hinge,

    /// <summary>log(1 + e^−(lead of the student)), of logits.</summary>
    Logistic,
}

/// <summary>The student should order the teacher's most probable classes as the teacher does.</summary>
/// <remarks>
/// <para><b>Equation.</b> Over each two of the teacher's k best classes, p_i above p_j by more than 1e-8: hinge takes
/// max(0, (p_i − p_j) − (q_i − q_j)) of probabilities, q the student's; logistic log(1 + e^{−(z_i − z_j)}) of the student's
/// logits. The mean over all these pairs of all samples.</para>
/// <para><b>Needs.</b> Logits of both, [N, K] each. The same for stored token probabilities is
/// <c>CachedTopK</c>.</para>
/// </remarks>
[Named("ranking")]
public sealed class RankingDistillation(RankingDistillationOptions options) : Criterion(options)
{
    private const double SmallestLead = 1e-8;
    private readonly RankingDistillationOptions _options = options;

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals) =>
        Loss(signals.Student.Logits, signals.Teacher.Logits, _options.Form, _options.Top);

    /// <summary>The loss itself, as a function of tensors alone.</summary>
    /// <param name="student">Student logits, [N, K], any floating dtype. Gradients flow here.</param>
    /// <param name="teacher">Teacher logits, [N, K]. No gradient flows here.</param>
    /// <param name="form">How a wrong order is measured.</param>
    /// <param name="top">k, at least 2; K where it is more.</param>
    /// <returns>A scalar, float32 or wider; 0 where no class leads another.</returns>
    /// <exception cref="ShapeException">The shapes differ, or are no [N, K].</exception>
    public static Tensor Loss(Tensor student, Tensor teacher, RankingForm form = RankingForm.Hinge, int top = 10)
    {
        RequireLogits(student, teacher);
        ArgumentOutOfRangeException.ThrowIfLessThan(top, 2);
        using var scope = new TensorScope();
        (Tensor best, Tensor classes) = teacher.AsTarget().Softmax(1).TopK(Math.Min(top, teacher.Size(1)), dim: 1);
        Tensor logits = student.AtLeastFloat32();
        Tensor scores = (form == RankingForm.Hinge ? logits.Softmax(1) : logits).Gather(1, classes);   // [N, k]
        Tensor lead = best.Unsqueeze(2) - best.Unsqueeze(1), own = scores.Unsqueeze(2) - scores.Unsqueeze(1);
        Tensor counts = lead.Gt(SmallestLead).To(lead.DType);
        Tensor each = form == RankingForm.Hinge ? (lead - own).Relu() : -own.LogSigmoid();
        return scope.Keep((each * counts).Sum() / counts.Sum().ClampMin(1));
    }
}

/// <summary>What a recipe may write under <c>ranking:</c>.</summary>
public sealed record RankingDistillationOptions : CriterionOptions
{
    /// <summary>How a wrong order is measured.</summary>
    public RankingForm Form { get; init; }

    /// <summary>k, how many of the teacher's most probable classes are ordered.</summary>
    [Range(2, 1 << 20)]
    public int Top { get; init; } = 10;
}
