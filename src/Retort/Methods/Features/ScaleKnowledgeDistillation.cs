using Retort.Golden;
using Retort.Torch;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Features;

/// <summary>The losses of ScaleKD: tokens of a large vision transformer matched as they are, and without their spatial
/// mean.</summary>
/// <remarks>
/// <para><b>Paper.</b> Fan et al., "ScaleKD: Strong Vision Transformers Could Be Excellent Teachers", NeurIPS 2024,
/// arXiv:2411.06786.</para>
/// <para><b>Equation.</b> α_s Σ ‖ŝ − t̂‖² / N + α_f Σ ‖ŝ′ − t̂′‖² / N, every position's channels scaled to unit length; the
/// primed ones after the
/// mean over the positions was taken off each channel. α = (0.08, 0.06). Each position adds at most 4 to a sum.</para>
/// <para><b>Needs.</b> Two projections of the student, [N, H·W, C] row-major over H and W, and the teacher's last map [N, C, H,
/// W].</para>
/// <para><b>Variants.</b> The paper's code removes the mean by a discrete cosine transform whose first coefficient it clears:
/// the same.</para>
/// </remarks>
public static class ScaleKnowledgeDistillation
{
    /// <summary>The squared distance of unit-length tokens, summed over positions and channels, divided by N.</summary>
    /// <param name="student">Tokens, [N, H·W, C]. Gradients flow here.</param>
    /// <param name="teacher">A map [N, C, H, W], or tokens [N, H·W, C]. No gradient flows here.</param>
    /// <param name="removeMean">Whether the mean over the positions is taken off each channel first.</param>
    /// <returns>A scalar, float32 or wider, not yet multiplied by α.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor Loss(Tensor student, Tensor teacher, bool removeMean)
    {
        Shapes.RequireDimensions(student, 3);
        Shapes.RequireBatched(teacher, atLeast: 3);
        Shapes.RequireSameBatch(student, teacher);
        using var scope = new TensorScope();
        Tensor wanted = teacher.AsTarget();
        if (wanted.Dimensions == 4)
            wanted = wanted.Flatten(2).Transpose(1, 2);   // [N, H·W, C]
        Tensor found = student.AtLeastFloat32();
        if (!found.Shape.AsSpan().SequenceEqual(wanted.Shape))
        {
            throw new ShapeException(
                $"'student' {Shapes.Text(student)} does not hold the tokens of 'teacher' {Shapes.Text(teacher)}.");
        }

        if (removeMean)
        {
            found -= found.Mean(1, keepDim: true);
            wanted -= wanted.Mean(1, keepDim: true);
        }

        return scope.Keep((found.UnitLength(2) - wanted.UnitLength(2)).Square().Sum() / student.Size(0));
    }

    /// <summary>The soft cross-entropy of the logits, −τ² Σ p_teacher log p_student at τ, mean over the batch.</summary>
    /// <param name="student">Student logits, [N, K]. Gradients flow here.</param>
    /// <param name="teacher">Teacher logits, [N, K]. No gradient flows here.</param>
    /// <param name="temperature">τ, above 0.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes differ, or are no [N, K].</exception>
    public static Tensor LogitLoss(Tensor student, Tensor teacher, double temperature = 1)
    {
        RequireLogits(student, teacher);
        RequirePositive(temperature);
        using var scope = new TensorScope();
        Tensor each = SoftCrossEntropy(teacher.AsTarget() / temperature, student.AtLeastFloat32() / temperature, dim: 1);
        return scope.Keep(each.Mean() * (temperature * temperature));
    }

    [Golden("scalekd")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        double[] alpha = vector.Numbers("alpha");
        Tensor spatial = alpha[0] * Loss(vector["student_spatial"], vector["teacher"], removeMean: false);
        Tensor frequency = alpha[1] * Loss(vector["student_frequency"], vector["teacher"], removeMean: true);
        return new GoldenOutputs { ["loss"] = spatial + frequency, ["loss_spatial"] = spatial, ["loss_frequency"] = frequency };
    }

    [Golden("scalekd-logit")]
    private static GoldenOutputs GoldenLogit(GoldenInputs vector)
    {
        double alpha = vector.Number("alpha");
        return new GoldenOutputs
        {
            ["loss"] = alpha * LogitLoss(vector["student_logits"], vector["teacher_logits"], vector.Number("temp")),
            ["ce_weight"] = 1 - alpha,
        };
    }
}
