using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Golden;
using Retort.Torch;
using static Retort.Methods.LossMath;
using static Retort.Methods.Sequences.TokenMath;

namespace Retort.Methods.Sequences;

/// <summary>The student covers the whole of the teacher's next-token distribution at every position of a given text.</summary>
/// <remarks>
/// <para><b>Paper.</b> Kim and Rush, "Sequence-Level Knowledge Distillation", EMNLP 2016, arXiv:1606.07947.</para>
/// <para><b>Equation.</b> The mean over the positions that count of −Σ_v p_teacher log p_student at τ; less the entropy of
/// p_teacher where that is
/// asked for, which makes it the divergence: 0 at agreement, with the same gradient.</para>
/// <para><b>Needs.</b> Logits of both on the same tokens, [N, T, V] each, and labels [N, T].</para>
/// </remarks>
[Method("token-forward-kl", Title = "Forward KL on tokens", Family = MethodFamily.Sequence,
    Year = 2016, Paper = "arXiv:1606.07947")]
public sealed class TokenForwardKl(TokenForwardKlOptions options) : TokenCriterion(options)
{
    private readonly TokenForwardKlOptions _options = options;

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals, Tensor student, Tensor teacher, Tensor mask) =>
        Loss(student, teacher, mask, _options.Temperature.At(signals.Clock), _options.SubtractEntropy);

    /// <summary>The loss itself, as a function of tensors alone.</summary>
    /// <param name="student">Student logits, [N, T, V], any floating dtype. Gradients flow here.</param>
    /// <param name="teacher">Teacher logits, [N, T, V]. No gradient flows here.</param>
    /// <param name="mask">Which positions count, [N, T], true or not 0.</param>
    /// <param name="temperature">τ, above 0.</param>
    /// <param name="subtractEntropy">Whether to give the divergence instead of the cross-entropy.</param>
    /// <returns>A scalar, float32 or wider; 0 where no position counts.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor Loss(Tensor student, Tensor teacher, Tensor mask, double temperature = 1, bool subtractEntropy = false)
    {
        RequireTokens(student, teacher, mask);
        RequirePositive(temperature);
        using var scope = new TensorScope();
        Tensor wanted = (teacher.AsTarget() / temperature).LogSoftmax(-1);
        Tensor found = (student.AtLeastFloat32() / temperature).LogSoftmax(-1);
        Tensor each = subtractEntropy ? Divergence(wanted, found) : CrossEntropy(wanted.Exp(), found);
        return scope.Keep(each.MeanOver(mask));
    }

    [Golden("token-forward-kl")]
    private static GoldenOutputs Golden(GoldenInputs vector) => Loss(
        vector["student_logits"], vector["teacher_logits"], MaskOf(vector.Labels("labels")), vector.Number("temperature", 1));
}

/// <summary>What a recipe may write under <c>token-forward-kl:</c>.</summary>
public sealed record TokenForwardKlOptions : CriterionOptions
{
    /// <summary>Whether to give the divergence, which is 0 at agreement, instead of the cross-entropy.</summary>
    public bool SubtractEntropy { get; init; }

    /// <summary>τ, by which the logits of both are divided; there is no τ² factor.</summary>
    [Range(0, 1000, MinimumIsExclusive = true)]
    [Tunable(0.5, 4, Log = true)]
    public Schedule Temperature { get; init; } = 1;
}
