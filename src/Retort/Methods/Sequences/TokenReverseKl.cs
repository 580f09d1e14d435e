using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Golden;
using Retort.Torch;
using static Retort.Methods.LossMath;
using static Retort.Methods.Sequences.TokenMath;

namespace Retort.Methods.Sequences;

/// <summary>The student is punished for what it says and the teacher would not: it seeks the teacher's likeliest
/// continuations.</summary>
/// <remarks>
/// <para><b>Paper.</b> Gu et al., "MiniLLM: Knowledge Distillation of Large Language Models", ICLR 2024, arXiv:2306.08543,
/// section 2.</para>
/// <para><b>Equation.</b> The mean over the positions that count of (1 − λ) (−Σ_v p_teacher log p_student) + λ KL(p_student ‖
/// p_teacher); λ = 1 is the
/// reverse divergence alone. Gradients flow through both places of p_student.</para>
/// <para><b>Needs.</b> Logits of both on the same tokens, [N, T, V] each, and labels [N, T].</para>
/// <para><b>Variants.</b> λ = 0.9 is the symmetric form of public code; its forward part is a cross-entropy, so it does not
/// reach 0.</para>
/// </remarks>
[Method("token-reverse-kl", Title = "Reverse KL on tokens", Family = MethodFamily.Sequence,
    Year = 2023, Paper = "arXiv:2306.08543")]
public sealed class TokenReverseKl(TokenReverseKlOptions options) : TokenCriterion(options)
{
    private readonly TokenReverseKlOptions _options = options;

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals, Tensor student, Tensor teacher, Tensor mask) =>
        Loss(student, teacher, mask, _options.Temperature.At(signals.Clock), _options.ReverseShare);

    /// <summary>The loss itself, as a function of tensors alone.</summary>
    /// <param name="student">Student logits, [N, T, V], any floating dtype. Gradients flow here.</param>
    /// <param name="teacher">Teacher logits, [N, T, V]. No gradient flows here.</param>
    /// <param name="mask">Which positions count, [N, T], true or not 0.</param>
    /// <param name="temperature">τ, above 0.</param>
    /// <param name="reverseShare">λ in [0, 1].</param>
    /// <returns>A scalar, float32 or wider; 0 where no position counts.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor Loss(Tensor student, Tensor teacher, Tensor mask, double temperature = 1, double reverseShare = 1)
    {
        RequireTokens(student, teacher, mask);
        RequirePositive(temperature);
        using var scope = new TensorScope();
        Tensor wanted = (teacher.AsTarget() / temperature).LogSoftmax(-1);
        Tensor found = (student.AtLeastFloat32() / temperature).LogSoftmax(-1);
        Tensor each = Divergence(found, wanted);
        if (reverseShare < 1)
            each = each * reverseShare + CrossEntropy(wanted.Exp(), found) * (1 - reverseShare);
        return scope.Keep(each.MeanOver(mask));
    }

    [Golden("token-reverse-kl")]
    private static GoldenOutputs Golden(GoldenInputs vector) => Loss(
        vector["student_logits"], vector["teacher_logits"], MaskOf(vector.Labels("labels")), vector.Number("temperature", 1));

    [Golden("token-symmetric-kl")]
    private static GoldenOutputs GoldenSymmetric(GoldenInputs vector) => Loss(
        vector["student_logits"], vector["teacher_logits"], MaskOf(vector.Labels("labels")),
        vector.Number("temperature", 1), reverseShare: vector.Number("lam"));
}

/// <summary>What a recipe may write under <c>token-reverse-kl:</c>.</summary>
public sealed record TokenReverseKlOptions : CriterionOptions
{
    /// <summary>λ, how much of the loss is the reverse divergence; the rest is the forward cross-entropy.</summary>
    [Range(0, 1)]
    public double ReverseShare { get; init; } = 1;

    /// <summary>τ, by which the logits of both are divided; there is no τ² factor.</summary>
    [Range(0, 1000, MinimumIsExclusive = true)]
    [Tunable(0.5, 4, Log = true)]
    public Schedule Temperature { get; init; } = 1;
}
