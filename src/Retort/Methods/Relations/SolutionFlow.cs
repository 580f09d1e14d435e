using Retort.Distillation;
using Retort.Golden;
using Retort.Torch;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Relations;

/// <summary>Which of the published forms of <c>fsp</c> is meant.</summary>
public enum SolutionFlowForm
{
    /// <summary>Max-pooling; the squared Frobenius distance, mean over the batch.</summary>
    Paper,

    /// <summary>Max-pooling; the L2 norm over the first map's channels, summed over the second's, mean over the batch:
    /// torchdistill.</summary>
    ColumnNorm,

    /// <summary>Average-pooling; the mean over all elements of the squared difference: RepDistiller.</summary>
    MeanSquare,
}

/// <summary>How features flow from one layer to the next, as the products of their channels, should be the teacher's.</summary>
/// <remarks>
/// <para><b>Paper.</b> Yim et al., "A Gift from Knowledge Distillation: Fast Optimization, Network Minimization and Transfer
/// Learning", CVPR 2017.</para>
/// <para><b>Equation.</b> G = F₁ F₂ᵀ / (H·W), [N, C₁, C₂], the larger of the two maps pooled to the smaller; the loss is
/// Σ ‖G_student − G_teacher‖²_F over neighbouring layers, mean over the batch.</para>
/// <para><b>Needs.</b> Feature maps [N, C, H, W] of at least two layers of each role, with the same channels in both
/// roles.</para>
/// <para><b>Variants.</b> Two toolkits differ in pooling and norm: <c>form: column-norm</c> and <c>mean-square</c>. The paper
/// trains
/// on this loss alone first.</para>
/// </remarks>
[Method("fsp", Title = "Flow of solution procedure", Family = MethodFamily.Relation,
    Year = 2017, Paper = "doi:10.1109/CVPR.2017.754")]
public sealed class SolutionFlow(SolutionFlowOptions options) : Criterion(options)
{
    private readonly SolutionFlowOptions _options = options;

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals)
    {
        Tensor[] student = _options.StudentFeatures(signals), teacher = _options.TeacherFeatures(signals);
        Tensor total = Loss(student[0], student[1], teacher[0], teacher[1], _options.Form);
        for (int k = 2; k < student.Length; k++)
            total += Loss(student[k - 1], student[k], teacher[k - 1], teacher[k], _options.Form);
        return total;
    }

    /// <summary>The loss of two neighbouring layers, as a function of tensors alone.</summary>
    /// <param name="studentFirst">The student's earlier map, [N, C₁, H, W]. Gradients flow here.</param>
    /// <param name="studentSecond">The student's later map, [N, C₂, H′, W′]. Gradients flow here.</param>
    /// <param name="teacherFirst">The teacher's earlier map, [N, C₁, …]. No gradient flows here.</param>
    /// <param name="teacherSecond">The teacher's later map, [N, C₂, …]. No gradient flows here.</param>
    /// <param name="form">Which published form.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor Loss(
        Tensor studentFirst, Tensor studentSecond, Tensor teacherFirst, Tensor teacherSecond,
        SolutionFlowForm form = SolutionFlowForm.Paper)
    {
        RequireMaps(studentFirst, teacherFirst);
        RequireMaps(studentSecond, teacherSecond);
        Shapes.RequireSameBatch(studentFirst, studentSecond);
        RequireSameChannels(studentFirst, teacherFirst);
        RequireSameChannels(studentSecond, teacherSecond);
        using var scope = new TensorScope();
        bool average = form == SolutionFlowForm.MeanSquare;
        Tensor difference = Flow(studentFirst.AtLeastFloat32(), studentSecond.AtLeastFloat32(), average)
            - Flow(teacherFirst.AsTarget(), teacherSecond.AsTarget(), average);
        return scope.Keep(form switch
        {
            SolutionFlowForm.ColumnNorm => difference.Norm(p: 2, dim: 1).Sum() / studentFirst.Size(0),
            SolutionFlowForm.MeanSquare => difference.Square().Mean(),
            _ => difference.Square().Sum() / studentFirst.Size(0),
        });
    }

    private static void RequireSameChannels(Tensor student, Tensor teacher)
    {
        if (student.Size(1) != teacher.Size(1))
        {
            throw new ShapeException(
                $"'student' {Shapes.Text(student)} and 'teacher' {Shapes.Text(teacher)} must have the same channels "
                + $"(dimension 1).");
        }
    }

    private static Tensor Flow(Tensor first, Tensor second, bool average)
    {
        long height = Math.Min(first.Size(2), second.Size(2)), width = Math.Min(first.Size(3), second.Size(3));
        Tensor Pool(Tensor map) => map.Size(2) == height && map.Size(3) == width ? map
            : average ? map.AdaptiveAvgPool2d([height, width]) : map.AdaptiveMaxPool2d([height, width]).Item1;
        return Pool(first).Flatten(2).Bmm(Pool(second).Flatten(2).Transpose(1, 2)) / (height * width);   // [N, C₁, C₂]
    }

    [Golden("fsp")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        Tensor Of(SolutionFlowForm form) => Loss(
            vector["student_first"], vector["student_second"], vector["teacher_first"], vector["teacher_second"], form);
        return new GoldenOutputs
        {
            ["loss"] = Of(SolutionFlowForm.ColumnNorm),
            ["loss_repdistiller_mse_avgpool"] = Of(SolutionFlowForm.MeanSquare),
        };
    }
}

/// <summary>What a recipe may write under <c>fsp:</c>.</summary>
public sealed record SolutionFlowOptions() : StageTapOptions(weight: 1, least: 2)
{
    /// <summary>Which published form; 50 is the benchmarks' weight of mean-square.</summary>
    public SolutionFlowForm Form { get; init; }
}
