using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Golden;
using Retort.Torch;
using static Retort.Methods.LossMath;
using static Retort.Methods.Sequences.TokenMath;

namespace Retort.Methods.Sequences;

/// <summary>Forward divergence where the nets differ on the teacher's likely tokens, reverse where they differ on the
/// others.</summary>
/// <remarks>
/// <para><b>Paper.</b> Wu et al., "Rethinking Kullback-Leibler Divergence in Knowledge Distillation for Large Language
/// Models", COLING 2025, arXiv:2404.02657.</para>
/// <para><b>Equation.</b> At each position the head is the smallest set of the teacher's likeliest tokens whose mass reaches μ;
/// g_head and g_tail
/// are the sums of |p_teacher − p_student| over the head and the rest. The loss is the mean over the positions that count of
/// (g_head KL(p_teacher ‖ p_student) + g_tail KL(p_student ‖ p_teacher)) / (g_head + g_tail).</para>
/// <para><b>Needs.</b> Logits of both on the same tokens, [N, T, V] each, and labels [N, T].</para>
/// <para><b>Variants.</b> <c>as_in_code</c> follows public code: it marks the places of the ascending order whose cumulative
/// mass is at least μ but
/// applies them to the unsorted gaps, and its forward term keeps the entropy. Weights carry gradients in both forms.</para>
/// </remarks>
[Method("akl", Title = "Adaptive KL", Family = MethodFamily.Sequence, Year = 2024, Paper = "arXiv:2404.02657")]
public sealed class AdaptiveKl(AdaptiveKlOptions options) : TokenCriterion(options)
{
    private readonly AdaptiveKlOptions _options = options;

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals, Tensor student, Tensor teacher, Tensor mask) =>
        Loss(student, teacher, mask, _options.Temperature.At(signals.Clock), _options.HeadMass, _options.AsInCode);

    /// <summary>The loss itself, as a function of tensors alone.</summary>
    /// <param name="student">Student logits, [N, T, V], any floating dtype. Gradients flow here.</param>
    /// <param name="teacher">Teacher logits, [N, T, V]. No gradient flows here.</param>
    /// <param name="mask">Which positions count, [N, T], true or not 0.</param>
    /// <param name="temperature">τ, above 0.</param>
    /// <param name="headMass">μ.</param>
    /// <param name="asInCode">Whether to follow public code instead of the paper.</param>
    /// <returns>A scalar, float32 or wider; 0 where no position counts.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor Loss(
        Tensor student, Tensor teacher, Tensor mask, double temperature = 1, double headMass = 0.5, bool asInCode = false)
    {
        RequireTokens(student, teacher, mask);
        RequirePositive(temperature);
        using var scope = new TensorScope();
        Tensor wanted = (teacher.AsTarget() / temperature).LogSoftmax(-1);
        Tensor found = (student.AtLeastFloat32() / temperature).LogSoftmax(-1);
        Tensor probabilities = wanted.Exp(), gap = (probabilities - found.Exp()).Abs();
        Tensor head = asInCode ? AscendingHead(probabilities, headMass) : Head(probabilities, headMass);
        Tensor inHead = (gap * head).Sum(-1), inTail = (gap * (1 - head)).Sum(-1);

        // Where both agree the gaps are 0, and so are both divergences.
        Tensor sum = inHead + inTail + (asInCode ? 0 : SmallestNorm);
        Tensor forward = asInCode ? CrossEntropy(probabilities, found) : Divergence(wanted, found);
        return scope.Keep((inHead / sum * forward + inTail / sum * Divergence(found, wanted)).MeanOver(mask));
    }

    // 1 for the smallest set of the likeliest tokens whose mass reaches μ: those before which less than μ has gone.
    private static Tensor Head(Tensor probabilities, double headMass)
    {
        (Tensor sorted, Tensor order) = probabilities.Sort(-1, descending: true);
        Tensor taken = (sorted.Cumsum(-1) - sorted).Lt(headMass).To(probabilities.DType);
        return probabilities.ZerosLike().Scatter(-1, order, taken);
    }

    private static Tensor AscendingHead(Tensor probabilities, double headMass) =>
        probabilities.Sort(-1).Item1.Cumsum(-1).Ge(headMass).To(probabilities.DType);

    [Golden("akl")]
    private static GoldenOutputs Golden(GoldenInputs vector) => Loss(
        vector["student_logits"], vector["teacher_logits"], vector.Labels("mask"),
        headMass: vector.Number("head_threshold"), asInCode: true);
}

/// <summary>What a recipe may write under <c>akl:</c>.</summary>
public sealed record AdaptiveKlOptions : CriterionOptions
{
    /// <summary>μ, the mass of the teacher's likely tokens.</summary>
    [Range(0, 1)]
    [Tunable(0.2, 0.8)]
    public double HeadMass { get; init; } = 0.5;

    /// <summary>Whether to follow public code instead of the paper.</summary>
    public bool AsInCode { get; init; }

    /// <summary>τ, by which the logits of both are divided; there is no τ² factor.</summary>
    [Range(0, 1000, MinimumIsExclusive = true)]
    [Tunable(0.5, 4, Log = true)]
    public Schedule Temperature { get; init; } = 1;
}
