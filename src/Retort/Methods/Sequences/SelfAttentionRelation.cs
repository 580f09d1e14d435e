using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Golden;
using Retort.Torch;

namespace Retort.Methods.Sequences;

/// <summary>How tokens relate inside one layer, by its queries, keys or values, should be the teacher's; width and depth are
/// free.</summary>
/// <remarks>
/// <para><b>Paper.</b> Wang et al., "MiniLMv2: Multi-Head Self-Attention Relation Distillation for Compressing Pretrained
/// Transformers", ACL Findings 2021, arXiv:2012.15828.</para>
/// <para><b>Equation.</b> X [N, T, D] is split into A relation heads of width d; R = softmax(X Xᵀ / √d) over the n real tokens
/// of a text. The
/// loss is the mean over texts of Σ KL(R_teacher ‖ R_student) / (A·n), added over the tapped tensors (queries, keys,
/// values).</para>
/// <para><b>Needs.</b> As many tensors [N, T, D] of each role, such as the outputs of one layer's query, key and value
/// projections. Each
/// width must be a multiple of A.</para>
/// <para><b>Variants.</b> The paper takes the mean over the three relations; here, as in code, they are added.</para>
/// </remarks>
[Method("minilm-relation", Title = "MiniLM relations", Family = MethodFamily.Sequence, Year = 2020, Paper = "arXiv:2012.15828")]
public sealed class SelfAttentionRelation(SelfAttentionRelationOptions options) : Criterion(options)
{
    private readonly SelfAttentionRelationOptions _options = options;

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals) => _options.SumOverPairs(signals, (student, teacher) =>
        Loss(student, teacher, student.Detach().NewOnes([student.Size(0), student.Size(1)]), _options.RelationHeads));

    /// <summary>The loss of one pair of tensors, as a function of tensors alone.</summary>
    /// <param name="student">Student vectors, [N, T, D], any floating dtype. Gradients flow here.</param>
    /// <param name="teacher">Teacher vectors, [N, T, D′]. No gradient flows here.</param>
    /// <param name="mask">Which tokens are real, [N, T], true or not 0.</param>
    /// <param name="relationHeads">A, which divides both widths.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor Loss(Tensor student, Tensor teacher, Tensor mask, int relationHeads)
    {
        Shapes.RequireDimensions(student, 3);
        Shapes.RequireDimensions(teacher, 3);
        Shapes.RequireSameBatch(student, teacher);
        TokenMath.RequireMask(student, mask);
        TokenMath.RequireMask(teacher, mask);
        using var scope = new TensorScope();
        Tensor real = mask.To(student.AtLeastFloat32().DType);
        Tensor both = real.Unsqueeze(1).Unsqueeze(3) * real.Unsqueeze(1).Unsqueeze(2);   // [N, 1, T, T]
        Tensor wanted = LogRelation(teacher.AsTarget(), real, relationHeads);
        Tensor found = LogRelation(student.AtLeastFloat32(), real, relationHeads);
        Tensor each = wanted.Exp() * (wanted - found).MaskedFill(both.Eq(0), 0) * both;
        return scope.Keep((each.Sum([1, 2, 3]) / (real.Sum(1).ClampMin(1) * relationHeads)).Mean());
    }

    // Tokens that are not real take no part in the softmax.
    private static Tensor LogRelation(Tensor vectors, Tensor real, int heads)
    {
        long width = vectors.Size(2) / heads;
        if (width * heads != vectors.Size(2))
            throw new ShapeException($"vectors {Shapes.Text(vectors)} cannot be split into {heads} relation heads.");
        Tensor split = vectors.Reshape([vectors.Size(0), vectors.Size(1), heads, width]).Transpose(1, 2);   // [N, A, T, d]
        Tensor scores = split.MatMul(split.Transpose(2, 3)) / Math.Sqrt(width);
        return scores.MaskedFill(real.Eq(0).Unsqueeze(1).Unsqueeze(2), double.NegativeInfinity).LogSoftmax(-1);
    }

    [Golden("minilm-relation")]
    private static GoldenOutputs Golden(GoldenInputs vector) => Loss(
        vector["student_vectors"], vector["teacher_vectors"], vector.Labels("attention_mask"), vector.Integer("relation_heads"));
}

/// <summary>What a recipe may write under <c>minilm-relation:</c>.</summary>
public sealed record SelfAttentionRelationOptions() : StageTapOptions(weight: 1)
{
    /// <summary>A; 48 for a teacher of base size, 64 for a large one.</summary>
    [Range(1, 4096)]
    public int RelationHeads { get; init; } = 1;
}
