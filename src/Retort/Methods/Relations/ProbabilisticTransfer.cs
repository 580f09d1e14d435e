using Retort.Distillation;
using Retort.Golden;
using Retort.Torch;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Relations;

/// <summary>Likenesses inside a batch become probabilities of picking a neighbour, and the student matches the
/// teacher's.</summary>
/// <remarks>
/// <para><b>Paper.</b> Passalis and Tefas, "Learning Deep Representations with Probabilistic Knowledge Transfer", ECCV 2018,
/// arXiv:1803.10837.</para>
/// <para><b>Equation.</b> S_ij = (cos(g_i, g_j) + 1) / 2, each row divided by its sum: P. The loss is the mean over the N²
/// entries of
/// P_teacher log((P_teacher + ε) / (P_student + ε)), ε = 1e-7: 0 at agreement, and tiny, hence the large weight.</para>
/// <para><b>Needs.</b> A feature of each role, [N, …]; widths may differ.</para>
/// </remarks>
[Method("pkt", Title = "Probabilistic knowledge transfer", Family = MethodFamily.Relation,
    Year = 2018, Paper = "arXiv:1803.10837")]
public sealed class ProbabilisticTransfer(ProbabilisticTransferOptions options) : Criterion(options)
{
    private const double Floor = 1e-7;
    private readonly ProbabilisticTransferOptions _options = options;

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals) =>
        Loss(signals.Student.Tap(_options.StudentTap), signals.Teacher.Tap(_options.TeacherTap));

    /// <summary>The loss itself, as a function of tensors alone.</summary>
    /// <param name="student">Student feature, [N, …], any floating dtype. Gradients flow here.</param>
    /// <param name="teacher">Teacher feature, [N, …]; its other sizes may differ. No gradient flows here.</param>
    /// <param name="epsilon">ε, which keeps norms and logarithms finite.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">A feature has fewer than two dimensions, or the batch sizes differ.</exception>
    public static Tensor Loss(Tensor student, Tensor teacher, double epsilon = Floor)
    {
        RequireFeatures(student, teacher);
        using var scope = new TensorScope();
        Tensor found = Neighbours(student.AtLeastFloat32(), epsilon), wanted = Neighbours(teacher.AsTarget(), epsilon);
        return scope.Keep((wanted * ((wanted + epsilon) / (found + epsilon)).Log()).Mean());
    }

    private static Tensor Neighbours(Tensor feature, double epsilon)
    {
        Tensor flat = feature.Flatten(1);
        Tensor unit = flat / (flat.Norm(p: 2, dim: 1, keepDim: true) + epsilon);
        Tensor similarity = (unit.MatMul(unit.T()) + 1) / 2;
        return similarity / similarity.Sum(1, keepDim: true);
    }

    [Golden("pkt")]
    private static GoldenOutputs Golden(GoldenInputs vector) =>
        Loss(vector["student_feat"], vector["teacher_feat"], vector.Number("eps", Floor));
}

/// <summary>What a recipe may write under <c>pkt:</c>. The weight is the benchmarks' on CIFAR-100.</summary>
public sealed record ProbabilisticTransferOptions() : TapOptions(TapPath.LastFeature, weight: 30000);
