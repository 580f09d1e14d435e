using Retort.Torch;

namespace Retort.Methods.Relations;

/// <summary>How alike channels go together in the gradients of two classifiers, class by class.</summary>
/// <remarks>
/// <para><b>Paper.</b> Dong, Li and Wei, "DisWOT: Student Architecture Search for Distillation WithOut Training", CVPR 2023,
/// arXiv:2303.15678, in the form of its code: a part of the score <c>diswot</c>.</para>
/// <para><b>Equation.</b> The gradient of the cross-entropy in the classifier's weight is G [K, C]: of each class g gᵀ with
/// rows at unit L2 norm, [C, C]; Σ_k ‖E_teacher − E_student‖²_F / (K·C).</para>
/// <para><b>Needs.</b> Classifier gradients [K, C] of both; C must agree.</para>
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
}
