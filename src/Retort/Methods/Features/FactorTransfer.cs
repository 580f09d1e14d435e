using Retort.Golden;
using Retort.Torch;

namespace Retort.Methods.Features;

/// <summary>The loss of FT: the student's translated factors point where the teacher's paraphrased ones do.</summary>
/// <remarks>
/// <para><b>Paper.</b> Kim, Park and Kwak, "Paraphrasing Complex Network: Network Compression via Factor Transfer", NeurIPS
/// 2018, arXiv:1802.04977.</para>
/// <para><b>Equation.</b> Factors are flattened and scaled to unit L2 norm, sample by sample. p = 1: the mean over N·D of the
/// absolute
/// difference; p = 2: the mean over N of the L2 norm of the difference.</para>
/// <para><b>Needs.</b> Factors [N, …] of both: the teacher's from an encoder trained before to reconstruct its maps, the
/// student's from a
/// translator trained with it.</para>
/// </remarks>
public static class FactorTransfer
{
    /// <summary>The loss itself, as a function of tensors alone.</summary>
    /// <param name="student">The student's factors, [N, …], any floating dtype. Gradients flow here.</param>
    /// <param name="teacher">The teacher's factors, of the same shape. No gradient flows here.</param>
    /// <param name="norm">p: 1 or 2.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    /// <exception cref="ArgumentOutOfRangeException">p is neither 1 nor 2.</exception>
    public static Tensor Loss(Tensor student, Tensor teacher, int norm = 1)
    {
        Shapes.RequireBatched(student);
        Shapes.RequireSame(student, teacher);
        if (norm is not (1 or 2))
            throw new ArgumentOutOfRangeException(nameof(norm), norm, "the norm must be 1 or 2.");
        using var scope = new TensorScope();
        Tensor difference = student.AtLeastFloat32().Flatten(1).UnitLength(1) - teacher.AsTarget().Flatten(1).UnitLength(1);
        return scope.Keep(norm == 1 ? difference.Abs().Mean() : difference.Norm(p: 2, dim: 1).Mean());
    }

    [Golden("ft")]
    private static GoldenOutputs Golden(GoldenInputs vector) =>
        Loss(vector["student_factor"], vector["teacher_factor"], vector.Integer("p"));
}
