using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Golden;
using Retort.Torch;
using static Retort.Methods.LossMath;
using static Retort.Methods.Sequences.TokenMath;

namespace Retort.Methods.Sequences;

/// <summary>Reverse divergence from a mixture with a little of the student in it, so that gradients stay bounded.</summary>
/// <remarks>
/// <para><b>Paper.</b> Ko et al., "DistiLLM: Towards Streamlined Distillation for Large Language Models", ICML 2024,
/// arXiv:2402.03898.</para>
/// <para><b>Equation.</b> With M = (1 − λ) p_teacher + λ p_student: the mean over the positions that count of KL(p_student ‖
/// M); 0 at agreement.
/// Gradients flow through M too.</para>
/// <para><b>Needs.</b> Logits of both on the same tokens, [N, T, V] each, and labels [N, T].</para>
/// </remarks>
[Method("token-skew-rkl", Title = "Skew reverse KL on tokens", Family = MethodFamily.Sequence,
    Year = 2024, Paper = "arXiv:2402.03898")]
public sealed class TokenSkewReverseKl(TokenSkewReverseKlOptions options) : TokenCriterion(options)
{
    private readonly TokenSkewReverseKlOptions _options = options;

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals, Tensor student, Tensor teacher, Tensor mask) =>
        Loss(student, teacher, mask, _options.Temperature.At(signals.Clock), _options.Skew);

    /// <summary>The loss itself, as a function of tensors alone.</summary>
    /// <param name="student">Student logits, [N, T, V], any floating dtype. Gradients flow here.</param>
    /// <param name="teacher">Teacher logits, [N, T, V]. No gradient flows here.</param>
    /// <param name="mask">Which positions count, [N, T], true or not 0.</param>
    /// <param name="temperature">τ, above 0.</param>
    /// <param name="skew">λ, strictly between 0 and 1.</param>
    /// <returns>A scalar, float32 or wider; 0 where no position counts.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor Loss(Tensor student, Tensor teacher, Tensor mask, double temperature = 1, double skew = 0.1)
    {
        RequireTokens(student, teacher, mask);
        RequirePositive(temperature);
        using var scope = new TensorScope();
        RequirePositive(skew);
        RequirePositive(1 - skew);
        Tensor wanted = (teacher.AsTarget() / temperature).LogSoftmax(-1);
        Tensor found = (student.AtLeastFloat32() / temperature).LogSoftmax(-1);
        return scope.Keep(Divergence(found, LogMixture(wanted, found, skew)).MeanOver(mask));
    }

    [Golden("token-skew-rkl")]
    private static GoldenOutputs Golden(GoldenInputs vector) => Loss(
        vector["student_logits"], vector["teacher_logits"], MaskOf(vector.Labels("labels")),
        vector.Number("temperature", 1), skew: vector.Number("lam"));
}

/// <summary>What a recipe may write under <c>token-skew-rkl:</c>.</summary>
public sealed record TokenSkewReverseKlOptions : CriterionOptions
{
    /// <summary>λ, the student's share of the mixture.</summary>
    [Range(0, 1, MinimumIsExclusive = true, MaximumIsExclusive = true)]
    [Tunable(0.05, 0.5)]
    public double Skew { get; init; } = 0.1;

    /// <summary>τ, by which the logits of both are divided; there is no τ² factor.</summary>
    [Range(0, 1000, MinimumIsExclusive = true)]
    [Tunable(0.5, 4, Log = true)]
    public Schedule Temperature { get; init; } = 1;
}
