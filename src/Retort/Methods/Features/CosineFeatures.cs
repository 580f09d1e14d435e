using Retort.Distillation;
using Retort.Distillation.Projectors;
using Retort.Golden;
using Retort.Torch;

namespace Retort.Methods.Features;

/// <summary>A feature of the student points where the teacher's does; its length is free.</summary>
/// <remarks>
/// <para><b>Paper.</b> Sanh et al., "DistilBERT, a distilled version of BERT: smaller, faster, cheaper and lighter",
/// arXiv:1910.01108,
/// section 2.</para>
/// <para><b>Equation.</b> The mean of 1 − cos(F_student, F_teacher) over samples [N, D], tokens [N, T, D] or positions [N, C,
/// H, W]; 0 at
/// agreement, at most 2.</para>
/// <para><b>Needs.</b> A feature of each role with the same positions; a linear projector where widths differ.</para>
/// </remarks>
[Method("cosine-features", Title = "Cosine of features", Family = MethodFamily.Feature, Year = 2019, Paper = "arXiv:1910.01108")]
public sealed class CosineFeatures(CosineFeaturesOptions options) : Criterion(options)
{
    private const double SmallestProduct = 1e-8;
    private readonly CosineFeaturesOptions _options = options;
    private Projector? _projector;

    /// <inheritdoc/>
    public override void Prepare(Signals signals)
    {
        ArgumentNullException.ThrowIfNull(signals);
        Tensor student = signals.Student.Tap(_options.StudentTap), teacher = signals.Teacher.Tap(_options.TeacherTap);
        if (student.Size(Projector.ChannelsOf(student)) != teacher.Size(Projector.ChannelsOf(teacher)))
            _projector = Own("projector", Projector.Between(student, teacher, norm: false));
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals)
    {
        Tensor student = signals.Student.Tap(_options.StudentTap);
        return Loss(_projector?.Call(student) ?? student, signals.Teacher.Tap(_options.TeacherTap));
    }

    /// <summary>The loss itself, as a function of tensors alone.</summary>
    /// <param name="student">Student feature, [N, D], [N, T, D] or [N, C, H, W], any floating dtype. Gradients flow here.</param>
    /// <param name="teacher">Teacher feature, of the same shape. No gradient flows here.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    public static Tensor Loss(Tensor student, Tensor teacher)
    {
        Shapes.RequireBatched(student);
        Shapes.RequireSame(student, teacher);
        using var scope = new TensorScope();
        Tensor cosines = Ops.CosineSimilarity(
            student.AtLeastFloat32(), teacher.AsTarget(), Projector.ChannelsOf(student), SmallestProduct);
        return scope.Keep(1 - cosines.Mean());
    }

    [Golden("cosine-features")]
    private static GoldenOutputs Golden(GoldenInputs vector) => Loss(vector["student_feat"], vector["teacher_feat"]);
}

/// <summary>What a recipe may write under <c>cosine-features:</c>.</summary>
public sealed record CosineFeaturesOptions() : TapOptions(TapPath.LastFeature, weight: 1);
