using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Golden;
using Retort.Torch;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Relations;

/// <summary>Each layer's map is reduced to its first singular vectors, and how those of neighbouring layers relate is
/// matched.</summary>
/// <remarks>
/// <para><b>Paper.</b> Lee, Kim and Song, "Self-supervised Knowledge Distillation Using Singular Value Decomposition", ECCV
/// 2018, arXiv:1807.06819.</para>
/// <para><b>Equation.</b> The map as [C·H, W] is U S Vᵀ. Of the teacher the first k columns of V count, scaled by its first k
/// singular
/// values at unit length. Of the student's first k + 3 columns each takes the place of the teacher's that it resembles most,
/// with that
/// sign. For neighbours, R[x, y, j] = exp(−(V_i[x, j] − V_{i−1}[y, j])² / 8), and the loss is Σ (R_student − R_teacher)² /
/// N.</para>
/// <para><b>Needs.</b> Feature maps [N, C, H, W] of at least two layers of each role, equally wide in both roles.</para>
/// <para><b>Variants.</b> The gradient of a decomposition is infinite where singular values meet; such entries become 0, as in
/// the
/// benchmark's code.</para>
/// </remarks>
[Method("kdsvd", Title = "Singular-vector distillation", Family = MethodFamily.Relation, Year = 2018, Paper = "arXiv:1807.06819")]
public sealed class SingularVectors(SingularVectorsOptions options) : Criterion(options)
{
    private const int SpareColumns = 3;
    private const double TwiceVariance = 8;
    private readonly SingularVectorsOptions _options = options;

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals) =>
        Loss(_options.StudentFeatures(signals), _options.TeacherFeatures(signals), _options.Rank);

    /// <summary>The loss itself, as a function of tensors alone.</summary>
    /// <param name="student">Student maps, [N, C, H, W] each, shallow to deep. Gradients flow here.</param>
    /// <param name="teacher">Teacher maps, as many. No gradient flows here.</param>
    /// <param name="rank">k, how many singular vectors count.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    /// <exception cref="ArgumentException">There are fewer than two layers, or not as many of each role.</exception>
    public static Tensor Loss(IReadOnlyList<Tensor> student, IReadOnlyList<Tensor> teacher, int rank = 1)
    {
        ArgumentNullException.ThrowIfNull(student);
        ArgumentNullException.ThrowIfNull(teacher);
        if (student.Count < 2 || student.Count != teacher.Count)
        {
            throw new ArgumentException(
                $"{student.Count} student and {teacher.Count} teacher layers; at least two pairs are needed.", nameof(student));
        }

        using var scope = new TensorScope();
        Tensor? total = null, before = null, wantedBefore = null;
        for (int k = 0; k < student.Count; k++)
        {
            (Tensor found, Tensor wanted) = Vectors(student[k], teacher[k], rank);
            if (before is not null)
            {
                Tensor term = (Relation(found, before) - Relation(wanted, wantedBefore!)).Square().Sum();
                total = total is null ? term : total + term;
            }

            (before, wantedBefore) = (found, wanted);
        }

        return scope.Keep(total! / student[0].Size(0));
    }

    private static (Tensor Student, Tensor Teacher) Vectors(Tensor student, Tensor teacher, int rank)
    {
        RequireMaps(student, teacher);
        if (student.Size(3) != teacher.Size(3))
        {
            throw new ShapeException(
                $"'student' {Shapes.Text(student)} and 'teacher' {Shapes.Text(teacher)} must be equally wide (dimension 3).");
        }

        (Tensor wanted, Tensor values) = Decomposed(teacher.AsTarget(), rank);
        (Tensor found, _) = Decomposed(WithFiniteGradient(student.AtLeastFloat32()), rank + SpareColumns);
        Tensor cosines = found.Transpose(1, 2).Bmm(wanted).Detach();                          // [N, k + 3, k]
        Tensor chosen = cosines.Abs().Argmax(1, keepDim: true);                               // [N, 1, k]
        Tensor aligned = found.Gather(2, chosen.Expand([-1, found.Size(1), -1])) * cosines.Gather(1, chosen).Sign();
        Tensor scale = values.UnitLength(1).Unsqueeze(1);                                     // [N, 1, k]
        return (aligned * scale, wanted * scale);
    }

    private static (Tensor Vectors, Tensor Values) Decomposed(Tensor map, int rank)
    {
        (_, Tensor values, Tensor vectors) = Ops.LinalgSvd(map.Flatten(1, 2), fullMatrices: false);
        long count = Math.Min(rank, values.Size(1));
        return (vectors.Narrow(1, 0, count).Transpose(1, 2), values.Narrow(1, 0, count));     // [N, W, k], [N, k]
    }

    private static Tensor WithFiniteGradient(Tensor map) => Autograd.Custom(
        [map], () => [map], (gradients, _) => [gradients[0]?.NanToNum(0, 0, 0)])[0];

    private static Tensor Relation(Tensor vectors, Tensor before) =>
        ((vectors.Unsqueeze(2) - before.Unsqueeze(1)).Square() / -TwiceVariance).Exp();       // [N, W, W′, k]

    [Golden("kdsvd")]
    private static GoldenOutputs Golden(GoldenInputs vector) =>
        Loss(vector.Series("student_feat"), vector.Series("teacher_feat"), vector.Integer("k"));
}

/// <summary>What a recipe may write under <c>kdsvd:</c>.</summary>
public sealed record SingularVectorsOptions() : StageTapOptions(weight: 1, least: 2)
{
    /// <summary>k, how many singular vectors count.</summary>
    [Range(1, 64)]
    public int Rank { get; init; } = 1;
}
