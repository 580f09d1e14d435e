using Retort.Golden;
using Retort.Torch;

namespace Retort.Methods.Relations;

/// <summary>The score of DisWOT: how alike an untrained student and an untrained teacher see one batch.</summary>
/// <remarks>
/// <para><b>Paper.</b> Dong, Li and Wei, "DisWOT: Student Architecture Search for Distillation WithOut Training", CVPR 2023,
/// arXiv:2303.15678.</para>
/// <para><b>Equation.</b> The score is −(M_s + M_r). M_s is the loss of <c>sp</c>. M_r takes the gradient of the cross-entropy
/// in the
/// classifier's weight, G [K, C]: of each class g gᵀ with rows at unit L2 norm, [C, C]; Σ_k ‖E_teacher − E_student‖²_F /
/// (K·C).</para>
/// <para><b>Needs.</b> Last features [N, …] and classifier gradients [K, C] of both; C must agree. One batch is noisy: take the
/// mean over
/// several initialisations.</para>
/// </remarks>
public static class ArchitectureAffinity
{
    /// <summary>M_r, as a function of tensors alone.</summary>
    /// <param name="student">The student's classifier gradient, [K, C]. Gradients flow here.</param>
    /// <param name="teacher">The teacher's classifier gradient, [K, C]. No gradient flows here.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes differ, or are no [K, C].</exception>
    public static Tensor Loss(Tensor student, Tensor teacher)
    {
        Shapes.RequireDimensions(student, 2);
        Shapes.RequireSame(student, teacher);
        using var scope = new TensorScope();
        Tensor difference = Relation(student.AtLeastFloat32()) - Relation(teacher.AsTarget());
        return scope.Keep(difference.Square().Sum() / (student.Size(0) * student.Size(1)));
    }

    private static Tensor Relation(Tensor gradient) =>
        (gradient.Unsqueeze(2) * gradient.Unsqueeze(1)).UnitLength(2);   // [K, C, C]

    [Golden("diswot")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        Tensor samples = SimilarityPreserving.Loss(vector["student_feature"], vector["teacher_feature"]);
        Tensor channels = Loss(vector["student_fc_grad"], vector["teacher_fc_grad"]);
        return new GoldenOutputs
        {
            ["sample_relation"] = samples,
            ["channel_relation"] = channels,
            ["loss"] = samples + channels,
            ["score"] = -(samples + channels),
        };
    }
}
