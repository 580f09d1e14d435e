using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Golden;
using Retort.Torch;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Relations;

/// <summary>Samples that the teacher finds alike should be alike to the student.</summary>
/// <remarks>
/// <para><b>Paper.</b> Tung and Mori, "Similarity-Preserving Knowledge Distillation", ICCV 2019, arXiv:1907.09682.</para>
/// <para><b>Equation.</b> For each role, Q = flatten(F) is [N, D] and G is Q·Qᵀ with every row scaled to unit L2 norm, [N, N].
/// The loss is ‖G_teacher − G_student‖²_F / N²: dimensionless, 0 at agreement, at most 4 / N.</para>
/// <para><b>Needs.</b> One feature of each role, [N, …]. Only N must agree, so there is no projector.</para>
/// <para><b>Variants.</b> Some public code scales rows by their L1 norm (<c>row_norm: 1</c>); its figures are not
/// comparable.</para>
/// </remarks>
[Method("sp", Title = "Similarity-preserving KD", Family = MethodFamily.Relation, Year = 2019, Paper = "arXiv:1907.09682")]
public sealed class SimilarityPreserving(SimilarityPreservingOptions options) : Criterion(options)
{
    private readonly SimilarityPreservingOptions _options = options;

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals) =>
        Loss(signals.Student.Tap(_options.StudentTap), signals.Teacher.Tap(_options.TeacherTap), _options.RowNorm);

    /// <summary>The loss itself, as a function of tensors alone.</summary>
    /// <param name="student">Student feature, [N, …], any floating dtype. Gradients flow here.</param>
    /// <param name="teacher">Teacher feature, [N, …]; its other sizes may differ. No gradient flows here.</param>
    /// <param name="rowNorm">By which norm rows are scaled: 2, or 1.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">A feature has fewer than two dimensions, or the batch sizes differ.</exception>
    public static Tensor Loss(Tensor student, Tensor teacher, int rowNorm = 2)
    {
        RequireFeatures(student, teacher);
        using var scope = new TensorScope();
        Tensor difference = RowSimilarity(teacher.Detach(), rowNorm) - RowSimilarity(student, rowNorm);
        return scope.Keep(difference.Square().Mean());
    }

    private static Tensor RowSimilarity(Tensor feature, int rowNorm)
    {
        // Half precision overflows in Q·Qᵀ and cannot hold SmallestNorm.
        Tensor flat = feature.AtLeastFloat32().Flatten(1);         // [N, D]
        Tensor gram = flat.MatMul(flat.T());                       // [N, N]
        return gram / gram.Norm(p: rowNorm, dim: 1, keepDim: true).ClampMin(SmallestNorm);
    }

    [Golden("sp")]
    private static GoldenOutputs Golden(GoldenInputs vector) =>
        Loss(vector["student_feat"], vector["teacher_feat"], vector.Integer("row_norm", 2));
}

/// <summary>What a recipe may write under <c>sp:</c>. The weight is the paper's γ on CIFAR-10.</summary>
public sealed record SimilarityPreservingOptions() : TapOptions(TapPath.LastStage, weight: 3000)
{
    /// <summary>By which norm rows are scaled: 2, or 1.</summary>
    [Range(1, 2)]
    public int RowNorm { get; init; } = 2;
}
