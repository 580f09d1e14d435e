using Retort.Distillation;
using Retort.Distillation.Projectors;
using Retort.Golden;
using Retort.Torch;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Features;

/// <summary>Standardised channels are compared, which is one minus their correlation: scale and offset do not count.</summary>
/// <remarks>
/// <para><b>Paper.</b> Cao et al., "PKD: General Distillation Framework for Object Detectors via Pearson Correlation
/// Coefficient", NeurIPS 2022, arXiv:2207.02039.</para>
/// <para><b>Equation.</b> Over the whole batch and all positions each channel gets mean 0 and spread 1 (unbiased, + 1e-6) in
/// both nets; the
/// loss is half the mean of the squared difference, summed over the layers. A constant channel gives 0.</para>
/// <para><b>Needs.</b> Maps [N, C, H, W] of as many layers of each role. The student's is resized bilinearly where sizes
/// differ; a
/// 1×1 projector where channels differ.</para>
/// </remarks>
[Method("pkd-pearson", Title = "Pearson distillation", Family = MethodFamily.Dense, Year = 2022, Paper = "arXiv:2207.02039")]
public sealed class PearsonDistillation(PearsonDistillationOptions options) : Criterion(options)
{
    private readonly PearsonDistillationOptions _options = options;
    private readonly Dictionary<int, Projector> _align = [];

    /// <inheritdoc/>
    public override void Prepare(Signals signals)
    {
        Tensor[] student = _options.StudentFeatures(signals), teacher = _options.TeacherFeatures(signals);
        for (int k = 0; k < student.Length; k++)
        {
            RequireMaps(student[k], teacher[k]);
            if (student[k].Size(1) != teacher[k].Size(1))
                _align[k] = Own($"align{k}", Projector.Between(student[k], teacher[k], norm: false));
        }
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals) => _options.SumOverPairs(signals, (k, student, teacher) =>
        Loss(_align.TryGetValue(k, out Projector? align) ? align.Call(student) : student, teacher, _options.ResizeStudent));

    /// <summary>The loss of one pair of layers, as a function of tensors alone.</summary>
    /// <param name="student">Student map, [N, C, H, W], any floating dtype. Gradients flow here.</param>
    /// <param name="teacher">Teacher map, [N, C, H′, W′]. No gradient flows here.</param>
    /// <param name="resizeStudent">Whether the student's map takes the teacher's size, or the teacher's the student's.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor Loss(Tensor student, Tensor teacher, bool resizeStudent = true)
    {
        RequireMaps(student, teacher);
        if (student.Size(1) != teacher.Size(1))
        {
            throw new ShapeException(
                $"'student' {Shapes.Text(student)} and 'teacher' {Shapes.Text(teacher)} must have the same channels "
                + $"(dimension 1).");
        }

        using var scope = new TensorScope();
        Tensor found = student.AtLeastFloat32(), wanted = teacher.AsTarget();
        if (resizeStudent)
            found = Resized(found, wanted);
        else
            wanted = Resized(wanted, found);
        return scope.Keep(Standardized(found).MseLoss(Standardized(wanted)) / 2);
    }

    private static Tensor Resized(Tensor map, Tensor like) => map.Size(2) == like.Size(2) && map.Size(3) == like.Size(3)
        ? map
        : map.UpsampleBilinear2d([like.Size(2), like.Size(3)], alignCorners: false);

    private static Tensor Standardized(Tensor map) =>
        (map - map.Mean([0, 2, 3], keepDim: true)) / (map.Std([0, 2, 3], unbiased: true, keepDim: true) + 1e-6);

    [Golden("pkd-pearson")]
    private static GoldenOutputs Golden(GoldenInputs vector) =>
        vector.Number("loss_weight") * Loss(vector["student"], vector["teacher"], vector.Flag("resize_stu", true));
}

/// <summary>What a recipe may write under <c>pkd-pearson:</c>. The weight is the paper's; 10 for RetinaNet.</summary>
public sealed record PearsonDistillationOptions() : StageTapOptions(weight: 6)
{
    /// <summary>Whether the student's map takes the teacher's size where they differ, or the teacher's the student's.</summary>
    public bool ResizeStudent { get; init; } = true;
}
