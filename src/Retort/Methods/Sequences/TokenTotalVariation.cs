using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Golden;
using Retort.Torch;
using static Retort.Methods.LossMath;
using static Retort.Methods.Sequences.TokenMath;

namespace Retort.Methods.Sequences;

/// <summary>Half the absolute difference of both next-token distributions: one minus what speculative decoding accepts.</summary>
/// <remarks>
/// <para><b>Paper.</b> Wen et al., "f-Divergence Minimization for Sequence-Level Knowledge Distillation", ACL 2023,
/// arXiv:2307.15190.</para>
/// <para><b>Equation.</b> The mean over the positions that count of ½ Σ_v |p_teacher − p_student| at τ: 0 at agreement, at most
/// 1. Its gradient is 0
/// where the two are equal.</para>
/// <para><b>Needs.</b> Logits of both on the same tokens, [N, T, V] each, and labels [N, T].</para>
/// </remarks>
[Method("token-tvd", Title = "Total variation on tokens", Family = MethodFamily.Sequence,
    Year = 2023, Paper = "arXiv:2307.15190")]
public sealed class TokenTotalVariation(TokenTotalVariationOptions options) : TokenCriterion(options)
{
    private readonly TokenTotalVariationOptions _options = options;

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals, Tensor student, Tensor teacher, Tensor mask) =>
        Loss(student, teacher, mask, _options.Temperature.At(signals.Clock));

    /// <summary>The loss itself, as a function of tensors alone.</summary>
    /// <param name="student">Student logits, [N, T, V], any floating dtype. Gradients flow here.</param>
    /// <param name="teacher">Teacher logits, [N, T, V]. No gradient flows here.</param>
    /// <param name="mask">Which positions count, [N, T], true or not 0.</param>
    /// <param name="temperature">τ, above 0.</param>
    /// <returns>A scalar, float32 or wider; 0 where no position counts.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor Loss(Tensor student, Tensor teacher, Tensor mask, double temperature = 1)
    {
        RequireTokens(student, teacher, mask);
        RequirePositive(temperature);
        using var scope = new TensorScope();
        Tensor wanted = (teacher.AsTarget() / temperature).Softmax(-1);
        Tensor found = (student.AtLeastFloat32() / temperature).Softmax(-1);
        return scope.Keep(((wanted - found).Abs().Sum(-1) / 2).MeanOver(mask));
    }

    [Golden("token-tvd")]
    private static GoldenOutputs Golden(GoldenInputs vector) => Loss(
        vector["student_logits"], vector["teacher_logits"], MaskOf(vector.Labels("labels")), vector.Number("temperature", 1));
}

/// <summary>What a recipe may write under <c>token-tvd:</c>.</summary>
public sealed record TokenTotalVariationOptions : CriterionOptions
{
    /// <summary>τ, by which the logits of both are divided; there is no τ² factor.</summary>
    [Range(0, 1000, MinimumIsExclusive = true)]
    [Tunable(0.5, 4, Log = true)]
    public Schedule Temperature { get; init; } = 1;
}
