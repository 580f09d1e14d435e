using Retort.Golden;
using Retort.Torch;

namespace Retort.Methods.Features;

/// <summary>The loss of KD++: features should be long and point along the teacher's mean of their class.</summary>
/// <remarks>
/// <para><b>Paper.</b> Wang et al., "Improving Knowledge Distillation via Regularizing Feature Norm and Direction",
/// arXiv:2305.17007.</para>
/// <para><b>Equation.</b> The mean over the batch of 1 − ⟨g_student, m_y / ‖m_y‖⟩ / max(‖g_student‖, ‖g_teacher‖), m_y the
/// teacher's mean
/// feature of the class. Where the student's is the longer, the loss is one minus a cosine.</para>
/// <para><b>Needs.</b> Features [N, D] of both, equally wide, labels [N] and the teacher's class means [K, D] over the training
/// set.</para>
/// </remarks>
public static class NormAndDirection
{
    /// <summary>The loss itself, as a function of tensors alone.</summary>
    /// <param name="student">Student features, [N, D], any floating dtype. Gradients flow here.</param>
    /// <param name="teacher">Teacher features, [N, D]. No gradient flows here.</param>
    /// <param name="classMeans">The teacher's mean feature of each class, [K, D].</param>
    /// <param name="labels">Integer classes, [N].</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor Loss(Tensor student, Tensor teacher, Tensor classMeans, Tensor labels)
    {
        Shapes.RequireLabelled(student, labels);
        Shapes.RequireSame(student, teacher);
        Shapes.RequireDimensions(classMeans, 2);
        if (classMeans.Size(1) != student.Size(1))
        {
            throw new ShapeException(
                $"'classMeans' {Shapes.Text(classMeans)} must be as wide as 'student' {Shapes.Text(student)}.");
        }

        using var scope = new TensorScope();
        Tensor found = student.AtLeastFloat32();
        Tensor direction = classMeans.AsTarget().UnitLength(1).IndexSelect(0, labels);
        Tensor length = found.Norm(p: 2, dim: 1).Maximum(teacher.AsTarget().Norm(p: 2, dim: 1));
        return scope.Keep((1 - (found * direction).Sum(1) / length).Mean());
    }

    [Golden("nd-loss")]
    private static GoldenOutputs Golden(GoldenInputs vector) => vector.Number("nd_loss_factor")
        * Loss(vector["student_emb"], vector["teacher_emb"], vector["class_means"], vector.Labels("target"));
}
