using Retort.Golden;
using Retort.Torch;
using static Retort.Methods.LossMath;
using static Retort.Methods.Sequences.TokenMath;

namespace Retort.Methods.Sequences;

/// <summary>Which divergence is taken of the cached tokens.</summary>
public enum CachedDivergence
{
    /// <summary>KL(p_teacher ‖ p_student).</summary>
    Kl,

    /// <summary>Jensen-Shannon, with equal shares.</summary>
    Jsd,

    /// <summary>Total variation.</summary>
    Tvd,
}

/// <summary>What becomes of the mass outside the cached tokens.</summary>
public enum MissingMass
{
    /// <summary>The teacher's cached tokens are scaled to sum 1; the student's mass elsewhere meets none.</summary>
    Zero,

    /// <summary>The missing mass is one more token on both sides.</summary>
    SymmetricUniform,
}

/// <summary>Losses from a teacher's cached likeliest tokens, with their log-probabilities over the whole vocabulary.</summary>
/// <remarks>
/// <para><b>Paper.</b> The offline distillation of Arcee's DistillKit; divergences as in Gou et al., "Knowledge Distillation:
/// A Survey", arXiv:2006.05525.</para>
/// <para><b>Equation.</b> p_student is the softmax of z / τ over the whole vocabulary, taken at the cached ids. A teacher's
/// probability is
/// raised to 1 / τ, with the missing mass as one more where it counts, and scaled to sum 1.</para>
/// <para><b>Needs.</b> Student logits [N, T, V]; ids and log-probabilities [N, T, k], likeliest first; a mask [N, T]. Raw
/// logits would not
/// do: the missing mass is not known from them.</para>
/// </remarks>
public static class CachedTopK
{
    private const double SmallestMass = 1e-8;

    /// <summary>The divergence, summed over the positions that count.</summary>
    /// <param name="student">Student logits, [N, T, V], any floating dtype. Gradients flow here.</param>
    /// <param name="ids">Cached tokens, [N, T, k], integers.</param>
    /// <param name="logProbabilities">The teacher's natural logarithms, [N, T, k]. No gradient flows here.</param>
    /// <param name="mask">Which positions count, [N, T], true or not 0.</param>
    /// <param name="divergence">Which divergence.</param>
    /// <param name="missing">What becomes of the mass outside the cached tokens.</param>
    /// <param name="temperature">τ, above 0; there is no τ² factor.</param>
    /// <returns>A scalar, float32 or wider: divide it by the number of positions for a mean.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor Loss(
        Tensor student, Tensor ids, Tensor logProbabilities, Tensor mask, CachedDivergence divergence = CachedDivergence.Kl,
        MissingMass missing = MissingMass.Zero, double temperature = 1)
    {
        RequireCache(student, ids, logProbabilities, mask);
        RequirePositive(temperature);
        using var scope = new TensorScope();
        Tensor found = (student.AtLeastFloat32() / temperature).LogSoftmax(-1).Gather(-1, ids);
        Tensor wanted = logProbabilities.AsTarget().To(found.DType);
        Tensor outside = Remainder(found);
        if (missing == MissingMass.SymmetricUniform)
        {
            wanted = Ops.Cat([wanted, Remainder(wanted).Log()], -1);
            found = Ops.Cat([found, outside.Log()], -1);
        }

        wanted = (wanted / temperature).LogSoftmax(-1);
        double elsewhere = missing == MissingMass.Zero ? 1 : 0;
        Tensor each = divergence switch
        {
            CachedDivergence.Tvd => (wanted.Exp() - found.Exp()).Abs().Sum(-1) / 2 + outside.Squeeze(-1) * (elsewhere / 2),
            CachedDivergence.Jsd => JensenShannon(wanted, found) + outside.Squeeze(-1) * (elsewhere * Math.Log(2) / 2),
            _ => Divergence(wanted, found),
        };
        return scope.Keep((each * mask.To(each.DType)).Sum());
    }

    /// <summary>Hinge on the order of the student's probabilities, for the pairs of cached tokens that the teacher tells
    /// apart.</summary>
    /// <param name="student">Student logits, [N, T, V]. Gradients flow here.</param>
    /// <param name="ids">Cached tokens, [N, T, k], integers.</param>
    /// <param name="logProbabilities">The teacher's natural logarithms, [N, T, k]. No gradient flows here.</param>
    /// <param name="mask">Which positions count, [N, T].</param>
    /// <param name="margin">By how much the likelier token must lead; null for the teacher's own lead.</param>
    /// <returns>The mean over the pairs; 0 where there is none.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor HingeLoss(Tensor student, Tensor ids, Tensor logProbabilities, Tensor mask, double? margin = null)
    {
        RequireCache(student, ids, logProbabilities, mask);
        using var scope = new TensorScope();
        Tensor found = student.AtLeastFloat32().Softmax(-1).Gather(-1, ids);
        (Tensor lead, Tensor pairs) = Leads(logProbabilities, mask, found.DType);
        Tensor missing = ((margin is { } fixedLead ? lead.FullLike(fixedLead) : lead) - Differences(found)).ClampMin(0);
        return scope.Keep((missing * pairs).Sum() / pairs.Sum().ClampMin(1));
    }

    /// <summary>log(1 + e^{−d}) of the student's lead in logits, for the pairs of cached tokens that the teacher tells
    /// apart.</summary>
    /// <inheritdoc cref="HingeLoss"/>
    public static Tensor LogisticLoss(Tensor student, Tensor ids, Tensor logProbabilities, Tensor mask)
    {
        RequireCache(student, ids, logProbabilities, mask);
        using var scope = new TensorScope();
        Tensor found = student.AtLeastFloat32().Gather(-1, ids);
        (_, Tensor pairs) = Leads(logProbabilities, mask, found.DType);
        return scope.Keep((-Differences(found).LogSigmoid() * pairs).Sum() / pairs.Sum().ClampMin(1));
    }

    private static void RequireCache(Tensor student, Tensor ids, Tensor logProbabilities, Tensor mask)
    {
        Shapes.RequireDimensions(student, 3);
        Shapes.RequireDimensions(ids, 3);
        Shapes.RequireSame(ids, logProbabilities);
        Shapes.RequireSameBatch(student, ids);
        RequireMask(student, mask);
        RequireMask(ids, mask);
    }

    // What is left of 1. The floor keeps its logarithm finite where rounding, or a full cache, leaves nothing.
    private static Tensor Remainder(Tensor logs) => (1 - logs.Exp().Sum(-1, keepDim: true)).Clamp(SmallestMass, 1.0);

    private static Tensor JensenShannon(Tensor first, Tensor second)
    {
        Tensor mixture = LogMixture(first, second, 0.5);
        return (Divergence(first, mixture) + Divergence(second, mixture)) / 2;
    }

    private static Tensor Differences(Tensor values) => values.Unsqueeze(-1) - values.Unsqueeze(-2);   // [N, T, k, k]: i less j

    private static (Tensor Lead, Tensor Pairs) Leads(Tensor logProbabilities, Tensor mask, DType dtype)
    {
        Tensor lead = Differences(logProbabilities.AsTarget().To(dtype).Exp());
        return (lead, lead.Gt(SmallestMass).To(dtype) * mask.To(dtype).Unsqueeze(-1).Unsqueeze(-1));
    }

    [Golden("topk-cached-divergences")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        var outputs = new GoldenOutputs();
        foreach ((string name, MissingMass missing) in (ReadOnlySpan<(string, MissingMass)>)
            [("zero", MissingMass.Zero), ("symmetric_uniform", MissingMass.SymmetricUniform)])
        {
            foreach (CachedDivergence divergence in Enum.GetValues<CachedDivergence>())
            {
                Tensor loss = Loss(
                    vector["student_logits"], vector.Labels("topk_ids"), vector["topk_logprobs"], vector.Labels("mask"),
                    divergence, missing, vector.Number("temperature", 1));
                string key = $"{Names.Kebab(divergence.ToString())}:{name}";
                outputs[$"sum:{key}"] = loss;
                outputs[key] = loss;
            }
        }

        return outputs;
    }

    [Golden("topk-ranking-losses")]
    private static GoldenOutputs GoldenRanking(GoldenInputs vector)
    {
        Tensor student = vector["student_logits"], ids = vector.Labels("topk_ids"), logs = vector["topk_logprobs"];
        Tensor mask = vector.Labels("mask");
        return new GoldenOutputs
        {
            ["hinge_teacher_margin"] = HingeLoss(student, ids, logs, mask),
            ["hinge_0.05"] = HingeLoss(student, ids, logs, mask, margin: 0.05),
            ["logistic_ranking"] = LogisticLoss(student, ids, logs, mask),
        };
    }
}
