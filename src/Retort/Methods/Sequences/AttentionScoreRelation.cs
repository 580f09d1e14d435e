using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Golden;
using Retort.Torch;

namespace Retort.Methods.Sequences;

/// <summary>Scaled products of a layer's queries, of its keys or of its values should be the teacher's, head by head.</summary>
/// <remarks>
/// <para><b>Paper.</b> Xu et al., "AutoDistil: Few-shot Task-agnostic Neural Architecture Search for Distilling Large
/// Language Models", NeurIPS 2022, arXiv:2201.12507.</para>
/// <para><b>Equation.</b> For X of queries, keys and values, split into heads, the mean of (X_s X_sᵀ / √d_s − X_t X_tᵀ / √d_t)²,
/// added over the tapped tensors. No softmax, as in the paper's code; <c>minilm-relation</c> has one.</para>
/// <para><b>Needs.</b> As many tensors [N, T, D] of each role, such as the outputs of one layer's query, key and value
/// projections, with the same tokens. Each width must be a multiple of the heads; widths may differ.</para>
/// </remarks>
[Method("autodistil-relation", Title = "AutoDistil relations", Family = MethodFamily.Sequence,
    Year = 2022, Paper = "arXiv:2201.12507")]
public sealed class AttentionScoreRelation(AttentionScoreRelationOptions options) : Criterion(options)
{
    private readonly AttentionScoreRelationOptions _options = options;

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals) => _options.SumOverPairs(
        signals, (student, teacher) => Loss(InHeads(student), InHeads(teacher)));

    /// <summary>The loss of one kind of vectors, as a function of tensors alone.</summary>
    /// <param name="student">Student vectors, [N, heads, T, d], any floating dtype. Gradients flow here.</param>
    /// <param name="teacher">Teacher vectors, [N, heads, T, d′]. No gradient flows here.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor Loss(Tensor student, Tensor teacher)
    {
        Shapes.RequireDimensions(student, 4);
        Shapes.RequireDimensions(teacher, 4);
        Shapes.RequireSameBatch(student, teacher);
        if (student.Size(1) != teacher.Size(1) || student.Size(2) != teacher.Size(2))
        {
            throw new ShapeException(
                $"'student' {Shapes.Text(student)} and 'teacher' {Shapes.Text(teacher)} must have the same heads and tokens.");
        }

        using var scope = new TensorScope();
        return scope.Keep(Scores(student.AtLeastFloat32()).MseLoss(Scores(teacher.AsTarget())));
    }

    private Tensor InHeads(Tensor vectors)
    {
        Shapes.RequireDimensions(vectors, 3);
        long width = vectors.Size(2) / _options.Heads;
        if (width * _options.Heads != vectors.Size(2))
            throw new ShapeException($"vectors {Shapes.Text(vectors)} cannot be split into {_options.Heads} heads.");
        return vectors.Reshape([vectors.Size(0), vectors.Size(1), _options.Heads, width]).Transpose(1, 2);   // [N, A, T, d]
    }

    private static Tensor Scores(Tensor vectors) => vectors.MatMul(vectors.Transpose(2, 3)) / Math.Sqrt(vectors.Size(3));

    [Golden("autodistil-relation")]
    private static GoldenOutputs Golden(GoldenInputs vector) =>
        Loss(vector["sq"], vector["tq"]) + Loss(vector["sk"], vector["tk"]) + Loss(vector["sv"], vector["tv"]);
}

/// <summary>What a recipe may write under <c>autodistil-relation:</c>.</summary>
public sealed record AttentionScoreRelationOptions() : StageTapOptions(weight: 1)
{
    /// <summary>How many heads the vectors are split into, of both roles.</summary>
    [Range(1, 4096)]
    public int Heads { get; init; } = 1;
}
