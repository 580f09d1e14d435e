using Retort.Distillation;
using Retort.Distillation.Projectors;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Methods.Features;

/// <summary>A branch says how far off a sample's feature may be; samples that can be matched well count more.</summary>
/// <remarks>
/// <para><b>Paper.</b> Zhang et al., "Prime-Aware Adaptive Distillation", ECCV 2020, arXiv:2008.01458.</para>
/// <para><b>Equation.</b> The mean over N·D of (g_teacher − g_student)² / (e^v + 1e-6) + v, v the logarithm of the variance
/// that a
/// branch on the student's feature predicts for each feature. May be negative.</para>
/// <para><b>Needs.</b> Features [N, D] of both (maps and tokens are averaged over positions), N above 1. A linear projector where
/// widths differ, and the branch, a linear layer with batch-norm, train with the student.</para>
/// </remarks>
[Method("pad", Title = "Prime-aware adaptive distillation", Family = MethodFamily.Feature,
    Year = 2020, Paper = "arXiv:2008.01458")]
public sealed class PrimeAware(PrimeAwareOptions options) : Criterion(options)
{
    private const double Floor = 1e-6;
    private readonly PrimeAwareOptions _options = options;
    private Projector? _align;
    private Sequential? _variance;

    /// <inheritdoc/>
    public override void Prepare(Signals signals)
    {
        ArgumentNullException.ThrowIfNull(signals);
        Tensor student = signals.Student.Tap(_options.StudentTap).Pooled();
        Tensor teacher = signals.Teacher.Tap(_options.TeacherTap).Pooled();
        if (student.Size(1) != teacher.Size(1))
            _align = Own("align", Projector.Between(student, teacher));
        long width = teacher.Size(1);
        _variance = Own("variance", new Sequential(new Linear(student.Size(1), width), new BatchNorm1d(width)));
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals)
    {
        Tensor student = signals.Student.Tap(_options.StudentTap).Pooled();
        return Loss(
            _align?.Call(student) ?? student, signals.Teacher.Tap(_options.TeacherTap).Pooled(), _variance!.Call(student));
    }

    /// <summary>The loss itself, as a function of tensors alone.</summary>
    /// <param name="student">Student features, [N, D], any floating dtype. Gradients flow here.</param>
    /// <param name="teacher">Teacher features, of the same shape. No gradient flows here.</param>
    /// <param name="logVariance">v, [N, D]. Gradients flow here.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes differ, or are no [N, D].</exception>
    public static Tensor Loss(Tensor student, Tensor teacher, Tensor logVariance)
    {
        LossMath.RequireLogits(student, teacher);
        Shapes.RequireSame(student, logVariance);
        using var scope = new TensorScope();
        Tensor v = logVariance.AtLeastFloat32();
        Tensor squared = (teacher.AsTarget() - student.AtLeastFloat32()).Square();
        return scope.Keep((squared / (v.Exp() + Floor) + v).Mean());
    }
}

/// <summary>What a recipe may write under <c>pad:</c>.</summary>
public sealed record PrimeAwareOptions() : TapOptions(TapPath.LastFeature, weight: 1);
