using Retort.Golden;
using Retort.Torch;

namespace Retort.Methods.Sequences;

/// <summary>The loss of AutoDistil: scaled products of queries, of keys and of values should be the teacher's, head by
/// head.</summary>
/// <remarks>
/// <para><b>Paper.</b> Xu et al., "AutoDistil: Few-shot Task-agnostic Neural Architecture Search for Distilling Large
/// Language Models", NeurIPS 2022, arXiv:2201.12507.</para>
/// <para><b>Equation.</b> For X of queries, keys and values the mean of (X_s X_sᵀ / √d_s − X_t X_tᵀ / √d_t)², added. No
/// softmax, as in the
/// paper's code; <c>minilm-relation</c> has one.</para>
/// <para><b>Needs.</b> Vectors [N, heads, T, d] of one layer of each role, with the same heads; d may differ.</para>
/// </remarks>
public static class AttentionScoreRelation
{
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

    private static Tensor Scores(Tensor vectors) => vectors.MatMul(vectors.Transpose(2, 3)) / Math.Sqrt(vectors.Size(3));

    [Golden("autodistil-relation")]
    private static GoldenOutputs Golden(GoldenInputs vector) =>
        Loss(vector["sq"], vector["tq"]) + Loss(vector["sk"], vector["tk"]) + Loss(vector["sv"], vector["tv"]);
}
