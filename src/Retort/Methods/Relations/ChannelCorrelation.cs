using Retort.Distillation;
using Retort.Distillation.Projectors;
using Retort.Torch;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Relations;

/// <summary>How channels of one map go together is matched: their diversity, not what each one shows.</summary>
/// <remarks>
/// <para><b>Paper.</b> Liu et al., "Exploring Inter-Channel Correlation for Diversity-preserved Knowledge Distillation", ICCV
/// 2021, arXiv:2202.03680.</para>
/// <para><b>Equation.</b> With positions flattened, G = F Fᵀ, [N, C, C], every row scaled to unit length; the mean over the batch
/// of ‖G_student − G_teacher‖²_F / C, summed over the layers. 0 at agreement, and where positions are permuted.</para>
/// <para><b>Needs.</b> Maps [N, C, H, W] of as many layers of each role; sizes may differ. A 1×1 projector with batch-norm where
/// channels differ.</para>
/// <para><b>Variants.</b> One public code divides by the batch size once more.</para>
/// </remarks>
[Method("ickd", Title = "Inter-channel correlation", Family = MethodFamily.Relation, Year = 2021, Paper = "arXiv:2202.03680")]
public sealed class ChannelCorrelation(ChannelCorrelationOptions options) : Criterion(options)
{
    private readonly ChannelCorrelationOptions _options = options;
    private readonly Dictionary<int, Projector> _align = [];

    /// <inheritdoc/>
    public override void Prepare(Signals signals)
    {
        Tensor[] student = _options.StudentFeatures(signals), teacher = _options.TeacherFeatures(signals);
        for (int k = 0; k < student.Length; k++)
        {
            RequireMaps(student[k], teacher[k]);
            if (student[k].Size(1) != teacher[k].Size(1))
                _align[k] = Own($"align{k}", Projector.Between(student[k], teacher[k]));
        }
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals) => _options.SumOverPairs(signals, (k, student, teacher) =>
        Loss(_align.TryGetValue(k, out Projector? align) ? align.Call(student) : student, teacher));

    /// <summary>The loss of one pair of layers, as a function of tensors alone.</summary>
    /// <param name="student">Student map, [N, C, H, W], any floating dtype. Gradients flow here.</param>
    /// <param name="teacher">Teacher map, [N, C, H′, W′]. No gradient flows here.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor Loss(Tensor student, Tensor teacher)
    {
        RequireMaps(student, teacher);
        if (student.Size(1) != teacher.Size(1))
        {
            throw new ShapeException(
                $"'student' {Shapes.Text(student)} and 'teacher' {Shapes.Text(teacher)} must have the same channels "
                + "(dimension 1).");
        }

        using var scope = new TensorScope();
        Tensor difference = Correlation(student.AtLeastFloat32()) - Correlation(teacher.AsTarget());
        return scope.Keep(difference.Square().Sum() / (student.Size(0) * student.Size(1)));
    }

    private static Tensor Correlation(Tensor map)
    {
        Tensor flat = map.Flatten(2);
        return flat.Bmm(flat.Transpose(1, 2)).UnitLength(2);
    }
}

/// <summary>What a recipe may write under <c>ickd:</c>.</summary>
public sealed record ChannelCorrelationOptions() : StageTapOptions(weight: 1);
