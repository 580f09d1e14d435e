using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Golden;
using Retort.Torch;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Relations;

/// <summary>Matches the distances between embeddings, in units of their mean, and the angles of every three of them.</summary>
/// <remarks>
/// <para><b>Paper.</b> Park et al., "Relational Knowledge Distillation", CVPR 2019, arXiv:1904.05068.</para>
/// <para><b>Equation.</b> w_d · smoothL1(D_student, D_teacher) + w_a · smoothL1(A_student, A_teacher): D_ij is ‖g_i − g_j‖ over
/// the mean of
/// those above 0, of each net by itself; A_ijk is the cosine of the angle at i between g_j and g_k. Means over all N² and N³
/// entries.
/// A turn of the student's embedding, or a factor, changes nothing.</para>
/// <para><b>Needs.</b> An embedding of each role, [N, …]; widths may differ. Memory grows with N³ and with N²·D.</para>
/// </remarks>
[Method("rkd", Title = "Relational KD", Family = MethodFamily.Relation, Year = 2019, Paper = "arXiv:1904.05068")]
public sealed class RelationalKnowledgeDistillation(RelationalKnowledgeDistillationOptions options) : Criterion(options)
{
    private const double SmallestSquare = 1e-12;
    private readonly RelationalKnowledgeDistillationOptions _options = options;

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals) => Loss(
        signals.Student.Tap(_options.StudentTap), signals.Teacher.Tap(_options.TeacherTap),
        _options.DistanceWeight, _options.AngleWeight, _options.Squared);

    /// <summary>The loss itself, as a function of tensors alone.</summary>
    /// <param name="student">Student embeddings, [N, …], any floating dtype. Gradients flow here.</param>
    /// <param name="teacher">Teacher embeddings, [N, …]; its other sizes may differ. No gradient flows here.</param>
    /// <param name="distanceWeight">w_d.</param>
    /// <param name="angleWeight">w_a.</param>
    /// <param name="squared">Whether distances are squared.</param>
    /// <param name="epsilon">The least squared distance, below which its root has no finite gradient.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">A feature has fewer than two dimensions, or the batch sizes differ.</exception>
    public static Tensor Loss(
        Tensor student, Tensor teacher, double distanceWeight = 25, double angleWeight = 50, bool squared = false,
        double epsilon = SmallestSquare)
    {
        RequireFeatures(student, teacher);
        using var scope = new TensorScope();
        Tensor found = student.AtLeastFloat32().Flatten(1), wanted = teacher.AsTarget().Flatten(1);
        Tensor distances = Distances(found, squared, epsilon).SmoothL1Loss(Distances(wanted, squared, epsilon));
        Tensor angles = Angles(found).SmoothL1Loss(Angles(wanted));
        return scope.Keep(distanceWeight * distances + angleWeight * angles);
    }

    private static Tensor Distances(Tensor embeddings, bool squared, double epsilon)
    {
        Tensor squares = embeddings.Square().Sum(1);
        Tensor all = (squares.Unsqueeze(1) + squares.Unsqueeze(0) - 2 * embeddings.MatMul(embeddings.T())).ClampMin(epsilon);
        if (!squared)
            all = all.Sqrt();
        all *= 1 - Ops.Eye(all.Size(0), all.DType, all.Device);
        Tensor count = all.Detach().Gt(0).Sum().ClampMin(1);
        return all / (all.Sum() / count);
    }

    private static Tensor Angles(Tensor embeddings)
    {
        Tensor edges = (embeddings.Unsqueeze(0) - embeddings.Unsqueeze(1)).UnitLength(2);   // [N, N, D]: from i to j
        return edges.Bmm(edges.Transpose(1, 2));                                            // [N, N, N]
    }

    [Golden("rkd")]
    private static GoldenOutputs Golden(GoldenInputs vector) => Loss(
        vector["student_feat"], vector["teacher_feat"], vector.Number("distance_weight"), vector.Number("angle_weight"),
        vector.Flag("squared"), vector.Number("eps", SmallestSquare));
}

/// <summary>What a recipe may write under <c>rkd:</c>.</summary>
public sealed record RelationalKnowledgeDistillationOptions() : TapOptions(TapPath.LastFeature, weight: 1)
{
    /// <summary>w_d; 1 for metric learning.</summary>
    [Range(0, double.MaxValue)]
    public double DistanceWeight { get; init; } = 25;

    /// <summary>w_a; 2 for metric learning.</summary>
    [Range(0, double.MaxValue)]
    public double AngleWeight { get; init; } = 50;

    /// <summary>Whether distances are squared.</summary>
    public bool Squared { get; init; }
}
