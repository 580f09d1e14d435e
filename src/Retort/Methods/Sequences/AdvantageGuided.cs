using Retort.Golden;
using Retort.Torch;

namespace Retort.Methods.Sequences;

/// <summary>The losses of DCKD and ADPA: an aligned small teacher's distribution, and its lead over the same teacher
/// unaligned.</summary>
/// <remarks>
/// <para><b>Paper.</b> Gao et al., "Advantage-Guided Distillation for Preference Alignment in Small Language Models", ICLR
/// 2025, arXiv:2502.17927.</para>
/// <para><b>Equation.</b> KL(p_aligned ‖ p_student), and −Σ_v p_student (log p_aligned − log p_reference): means over the
/// positions that
/// count.</para>
/// <para><b>Needs.</b> Student logits [N, T, V], the teachers' probabilities or their difference of logarithms, labels [N,
/// T].</para>
/// </remarks>
public static class AdvantageGuided
{
    /// <summary>The divergence from the aligned teacher's probabilities, as a function of tensors alone.</summary>
    /// <param name="student">Student logits, [N, T, V]. Gradients flow here.</param>
    /// <param name="probabilities">The aligned teacher's probabilities, [N, T, V]. No gradient flows here.</param>
    /// <param name="mask">Which positions count, [N, T].</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor DivergenceLoss(Tensor student, Tensor probabilities, Tensor mask)
    {
        TokenMath.RequireTokens(student, probabilities, mask);
        using var scope = new TensorScope();
        Tensor wanted = probabilities.AsTarget().Log(), found = student.AtLeastFloat32().LogSoftmax(-1);
        return scope.Keep(TokenMath.Divergence(wanted, found).MeanOver(mask));
    }

    /// <summary>What the student's choices gain, negated, as a function of tensors alone.</summary>
    /// <param name="student">Student logits, [N, T, V]. Gradients flow here.</param>
    /// <param name="advantages">log p_aligned − log p_reference, [N, T, V]. No gradient flows here.</param>
    /// <param name="mask">Which positions count, [N, T].</param>
    /// <returns>A scalar, float32 or wider; it has no least value.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor AdvantageLoss(Tensor student, Tensor advantages, Tensor mask)
    {
        TokenMath.RequireTokens(student, advantages, mask);
        using var scope = new TensorScope();
        return scope.Keep(-(student.AtLeastFloat32().Softmax(-1) * advantages.AsTarget()).Sum(-1).MeanOver(mask));
    }

    /// <summary>The lead at the tokens that the aligned teacher's list keeps, by falling lead.</summary>
    /// <param name="aligned">Tokens and probabilities that were kept of the aligned teacher.</param>
    /// <param name="reference">Those of the reference teacher; a token that it lacks gets the least probability of the aligned
    /// list.</param>
    /// <exception cref="ArgumentException">The aligned list is empty.</exception>
    public static IReadOnlyList<(long Token, double Lead)> SparseAdvantages(
        IReadOnlyList<(long Token, double Probability)> aligned, IReadOnlyList<(long Token, double Probability)> reference)
    {
        ArgumentNullException.ThrowIfNull(aligned);
        ArgumentNullException.ThrowIfNull(reference);
        if (aligned.Count == 0)
            throw new ArgumentException("the aligned teacher's list is empty.", nameof(aligned));
        double least = aligned.Min(a => a.Probability);
        Dictionary<long, double> known = reference.ToDictionary(r => r.Token, r => r.Probability);
        return [.. aligned
            .Select(a => (a.Token, Lead: Math.Log(a.Probability) - Math.Log(known.GetValueOrDefault(a.Token, least))))
            .OrderByDescending(a => a.Lead)];
    }

    [Golden("adpa")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        Tensor student = vector["student_logits"], mask = TokenMath.MaskOf(vector.Labels("labels"));
        (long, double)[] List(string role)
        {
            double[] probabilities = vector[$"top_{role}_probs"].To(DType.Float64).ToArray<double>();
            return [.. vector.Labels($"top_{role}_ids").ToArray<long>().Zip(probabilities)];
        }

        Tensor divergence = DivergenceLoss(student, vector["aligned_teacher_probs"], mask);
        Tensor gain = AdvantageLoss(student, vector["advantage"], mask);
        IReadOnlyList<(long Token, double Lead)> leads = SparseAdvantages(List("aligned"), List("reference"));
        return new GoldenOutputs
        {
            ["forward_kl"] = divergence,
            ["adpa_loss"] = gain,
            ["adpa"] = gain,
            ["sparse_margin_ids"] = leads.Select(l => l.Token).ToArray(),
            ["sparse_margin_values"] = leads.Select(l => l.Lead).ToArray(),
        };
    }
}
