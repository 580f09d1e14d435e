using Retort.Data;
using Retort.Methods.Sequences;
using Retort.Selection;
using Retort.Torch;

namespace Retort.Methods.Datasets;

/// <summary>Worth learning is what a teacher finds much likelier than a small model does: neither trivial nor noise.</summary>
/// <remarks>
/// <para><b>Paper.</b> Gu et al., "MiniPLM: Knowledge Distillation for Pre-Training Language Models", ICLR 2025,
/// arXiv:2410.17215.</para>
/// <para><b>Equation.</b> s(x) = (log p_teacher(x) − log p_reference(x)) / n, the difference of both models' mean losses on a
/// sequence of n tokens that count. The share of the corpus with the highest s is kept, half of it in the paper, and any student
/// is trained on that with labels alone.</para>
/// <para><b>Needs.</b> A <c>sift</c> stage with two models of one vocabulary: the teacher, and a small reference that was trained
/// on a part of the same corpus. The student may have any tokens: it never sees either.</para>
/// </remarks>
[Method("miniplm", Title = "Difference sampling", Family = MethodFamily.Dataset, Year = 2024, Paper = "arXiv:2410.17215",
    Recipe = "methods/miniplm.yaml")]
public sealed class DifferenceSampling(DifferenceSamplingOptions options) : SampleScore
{
    /// <summary>The options that it was made from.</summary>
    public DifferenceSamplingOptions Options { get; } = options;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Models => ["the teacher", "a small reference"];

    /// <inheritdoc/>
    public override Tensor Of(Batch batch, IReadOnlyList<Tensor> outputs)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(outputs);
        return Score(outputs[0], outputs[1], batch.Labels);
    }

    /// <summary>The score itself, as a function of tensors alone.</summary>
    /// <param name="teacher">The teacher's logits, [N, T, V].</param>
    /// <param name="reference">The reference's logits, [N, T, V].</param>
    /// <param name="labels">What each position is to predict, [N, T]; −100 where it does not count.</param>
    /// <returns>[N], in nats a token; 0 for a sequence without a token that counts.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor Score(Tensor teacher, Tensor reference, Tensor labels)
    {
        ArgumentNullException.ThrowIfNull(labels);
        Tensor mask = TokenMath.MaskOf(labels);
        TokenMath.RequireTokens(teacher, reference, mask);
        using var scope = new TensorScope();
        Tensor next = labels.MaskedFill(mask.LogicalNot(), 0).Unsqueeze(-1);
        Tensor counts = mask.To(DType.Float32);
        Tensor Likelihood(Tensor logits) => logits.AsTarget().LogSoftmax(-1).Gather(-1, next).Squeeze(-1);    // [N, T]
        Tensor lead = (Likelihood(teacher) - Likelihood(reference)) * counts;
        return scope.Keep(lead.Sum(-1) / counts.Sum(-1).ClampMin(1));
    }
}

/// <summary>What a recipe may write under <c>miniplm:</c>.</summary>
public sealed record DifferenceSamplingOptions : SampleScoreOptions;
