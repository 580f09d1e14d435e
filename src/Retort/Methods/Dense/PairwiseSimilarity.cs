using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Golden;
using Retort.Torch;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Dense;

/// <summary>Coarse regions of one map that the teacher finds alike should be alike to the student.</summary>
/// <remarks>
/// <para><b>Paper.</b> Liu et al., "Structured Knowledge Distillation for Dense Prediction", arXiv:1903.04197, the pair-wise
/// term. The third term of the paper, an adversary on score maps, is not part of this method.</para>
/// <para><b>Equation.</b> Maps are max-pooled to P nodes with windows of ⌊scale · H⌋ × ⌊scale · W⌋, the last ones cut short;
/// each node's channels are divided by (their L2 norm + 1e-8), a constant; A = f̂ᵀ f̂, [N, P, P].
/// The loss is Σ (A_teacher − A_student)² / (N P²), 0 at agreement.</para>
/// <para><b>Needs.</b> Maps [N, C, H, W] of both; channels and sizes may differ, nodes must not.</para>
/// </remarks>
[Method("skds-pairwise", Title = "Pair-wise similarity", Family = MethodFamily.Dense, Year = 2019, Paper = "arXiv:1903.04197")]
public sealed class PairwiseSimilarity(PairwiseSimilarityOptions options) : Criterion(options)
{
    private const double Floor = 1e-8;
    private readonly PairwiseSimilarityOptions _options = options;

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals) => Loss(
        signals.Student.Tap(_options.StudentTap), signals.Teacher.Tap(_options.TeacherTap), _options.Scale);

    /// <summary>The loss itself, as a function of tensors alone.</summary>
    /// <param name="student">Student map, [N, C, H, W], any floating dtype. Gradients flow here, but not through its
    /// norm.</param>
    /// <param name="teacher">Teacher map, [N, C′, H′, W′]. No gradient flows here.</param>
    /// <param name="scale">A window's share of a side, above 0 and at most 1. With 0.5 an odd side gives three nodes.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes do not fit, or lead to other numbers of nodes.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The scale is outside its range.</exception>
    public static Tensor Loss(Tensor student, Tensor teacher, double scale = 0.5)
    {
        RequireMaps(student, teacher);
        if (!(scale is > 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(scale), scale, "the scale must be above 0 and at most 1.");
        using var scope = new TensorScope();
        Tensor found = Nodes(student.AtLeastFloat32(), scale), wanted = Nodes(teacher.AsTarget(), scale);   // [N, C, P]
        if (found.Size(2) != wanted.Size(2))
        {
            throw new ShapeException($"'student' {Shapes.Text(student)} gives {found.Size(2)} nodes and 'teacher' "
                + $"{Shapes.Text(teacher)} {wanted.Size(2)}.");
        }

        return scope.Keep(Affinity(found).MseLoss(Affinity(wanted)));
    }

    private static Tensor Nodes(Tensor map, double scale)
    {
        long height = Math.Max(1, (long)(map.Size(2) * scale)), width = Math.Max(1, (long)(map.Size(3) * scale));
        return map.MaxPool2d([height, width], [height, width], ceilMode: true).Flatten(2);
    }

    private static Tensor Affinity(Tensor nodes)
    {
        Tensor scaled = nodes / (nodes.Detach().Norm(p: 2, dim: 1, keepDim: true) + Floor);
        return scaled.Transpose(1, 2).Bmm(scaled);
    }

    [Golden("skds-pairwise")]
    private static GoldenOutputs Golden(GoldenInputs vector) =>
        Loss(vector["student"], vector["teacher"], vector.Number("scale", 0.5));
}

/// <summary>What a recipe may write under <c>skds-pairwise:</c>. The weight is the authors'.</summary>
public sealed record PairwiseSimilarityOptions() : TapOptions(TapPath.LastStage, weight: 1)
{
    /// <summary>A pooling window's share of the map's side.</summary>
    [Range(0, 1, MinimumIsExclusive = true)]
    public double Scale { get; init; } = 0.5;
}
