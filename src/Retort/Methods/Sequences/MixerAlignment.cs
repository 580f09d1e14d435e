using Retort.Golden;
using Retort.Torch;

namespace Retort.Methods.Sequences;

/// <summary>The losses of MOHAWK's first two stages: a state-space student's mixing matrices, then its blocks' outputs.</summary>
/// <remarks>
/// <para><b>Paper.</b> Bick et al., "Transformers to SSMs: Distilling Quadratic Knowledge to Subquadratic Models", NeurIPS
/// 2024, arXiv:2408.10189.</para>
/// <para><b>Equation.</b> Stage 1: the mean over samples and heads of ‖M_student − A_teacher‖_F. Stage 2: the mean over tokens of
/// ‖h_student − h_teacher‖₂. Neither is squared.</para>
/// <para><b>Needs.</b> Mixing or attention matrices [N, heads, T, T]; outputs of a block [N, T, D] given the teacher's
/// input.</para>
/// </remarks>
public static class MixerAlignment
{
    /// <summary>Stage 1, as a function of tensors alone.</summary>
    /// <param name="student">The student's mixing matrices, [N, heads, T, T]. Gradients flow here.</param>
    /// <param name="teacher">The teacher's attention, [N, heads, T, T]. No gradient flows here.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes differ, or have not four dimensions.</exception>
    public static Tensor MatrixLoss(Tensor student, Tensor teacher)
    {
        Shapes.RequireDimensions(student, 4);
        Shapes.RequireSame(student, teacher);
        using var scope = new TensorScope();
        return scope.Keep((student.AtLeastFloat32() - teacher.AsTarget()).Norm(p: 2, dim: [2, 3]).Mean());
    }

    /// <summary>Stage 2, as a function of tensors alone.</summary>
    /// <param name="student">The student block's output, [N, T, D]. Gradients flow here.</param>
    /// <param name="teacher">The teacher block's output, [N, T, D]. No gradient flows here.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes differ, or have not three dimensions.</exception>
    public static Tensor HiddenLoss(Tensor student, Tensor teacher)
    {
        Shapes.RequireDimensions(student, 3);
        Shapes.RequireSame(student, teacher);
        using var scope = new TensorScope();
        return scope.Keep((student.AtLeastFloat32() - teacher.AsTarget()).Norm(p: 2, dim: 2).Mean());
    }

    [Golden("mohawk")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        Tensor first = MatrixLoss(vector["student_mixer"], vector["teacher_attention"]);
        Tensor second = HiddenLoss(vector["student_hidden"], vector["teacher_hidden"]);
        return new GoldenOutputs { ["stage1_loss"] = first, ["stage2_loss"] = second, ["loss"] = first + second };
    }
}
