using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Golden;
using Retort.Torch;
using static Retort.Methods.LossMath;
using static Retort.Methods.Sequences.TokenMath;

namespace Retort.Methods.Sequences;

/// <summary>A bounded divergence between both next-token distributions and their mixture.</summary>
/// <remarks>
/// <para><b>Paper.</b> Wen et al., "f-Divergence Minimization for Sequence-Level Knowledge Distillation", ACL 2023,
/// arXiv:2307.15190.</para>
/// <para><b>Equation.</b> With M = (1 − λ) p_teacher + λ p_student: λ KL(p_student ‖ M) + (1 − λ) KL(p_teacher ‖ M), mean over
/// the positions that
/// count; 0 at agreement, at most log 2.</para>
/// <para><b>Needs.</b> Logits of both on the same tokens, [N, T, V] each, and labels [N, T].</para>
/// <para><b>Variants.</b> λ is the student's share, as in DistiLLM's code; <c>gkd-jsd</c> counts the teacher's.</para>
/// </remarks>
[Method("token-jsd", Title = "Jensen-Shannon divergence on tokens", Family = MethodFamily.Sequence,
    Year = 2023, Paper = "arXiv:2307.15190")]
public sealed class TokenJensenShannon(TokenJensenShannonOptions options) : TokenCriterion(options)
{
    private readonly TokenJensenShannonOptions _options = options;

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals, Tensor student, Tensor teacher, Tensor mask) =>
        Loss(student, teacher, mask, _options.Temperature.At(signals.Clock), _options.StudentShare);

    /// <summary>The loss itself, as a function of tensors alone.</summary>
    /// <param name="student">Student logits, [N, T, V], any floating dtype. Gradients flow here.</param>
    /// <param name="teacher">Teacher logits, [N, T, V]. No gradient flows here.</param>
    /// <param name="mask">Which positions count, [N, T], true or not 0.</param>
    /// <param name="temperature">τ, above 0.</param>
    /// <param name="studentShare">λ, strictly between 0 and 1.</param>
    /// <returns>A scalar, float32 or wider; 0 where no position counts.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor Loss(Tensor student, Tensor teacher, Tensor mask, double temperature = 1, double studentShare = 0.9)
    {
        RequireTokens(student, teacher, mask);
        RequirePositive(temperature);
        using var scope = new TensorScope();
        RequirePositive(studentShare);
        RequirePositive(1 - studentShare);
        Tensor wanted = (teacher.AsTarget() / temperature).LogSoftmax(-1);
        Tensor found = (student.AtLeastFloat32() / temperature).LogSoftmax(-1);
        Tensor mixture = LogMixture(wanted, found, studentShare);
        Tensor each = Divergence(found, mixture) * studentShare + Divergence(wanted, mixture) * (1 - studentShare);
        return scope.Keep(each.MeanOver(mask));
    }

    [Golden("token-jsd")]
    private static GoldenOutputs Golden(GoldenInputs vector) => Loss(
        vector["student_logits"], vector["teacher_logits"], MaskOf(vector.Labels("labels")),
        vector.Number("temperature", 1), studentShare: vector.Number("lam"));
}

/// <summary>What a recipe may write under <c>token-jsd:</c>.</summary>
public sealed record TokenJensenShannonOptions : CriterionOptions
{
    /// <summary>λ, the student's share of the mixture.</summary>
    [Range(0, 1, MinimumIsExclusive = true, MaximumIsExclusive = true)]
    [Tunable(0.1, 0.9)]
    public double StudentShare { get; init; } = 0.9;

    /// <summary>τ, by which the logits of both are divided; there is no τ² factor.</summary>
    [Range(0, 1000, MinimumIsExclusive = true)]
    [Tunable(0.5, 4, Log = true)]
    public Schedule Temperature { get; init; } = 1;
}
