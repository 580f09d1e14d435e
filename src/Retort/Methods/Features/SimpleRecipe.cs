using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Torch;
using Retort.Torch.Nn;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Features;

/// <summary>A linear projector, batch-norm of both features and the logarithm of their distance: little more is
/// needed.</summary>
/// <remarks>
/// <para><b>Paper.</b> Miles and Mikolajczyk, "Understanding the Role of the Projector in Knowledge Distillation", AAAI 2024,
/// arXiv:2303.11098.</para>
/// <para><b>Equation.</b> log Σ |BN(W g_student) − BN(g_teacher)|^α over samples and features, α = 4. It falls without bound as
/// the
/// student nears the teacher; 1e-12 is the least that the sum counts.</para>
/// <para><b>Needs.</b> Features [N, D] of both (maps and tokens are averaged over positions), N above 1. W and the student's
/// batch-norm train with the student; the teacher's batch-norm has no parameters. Beside a cross-entropy and <c>kd</c>.</para>
/// </remarks>
[Method("srd", Title = "Simple recipe distillation", Family = MethodFamily.Feature, Year = 2023, Paper = "arXiv:2303.11098")]
public sealed class SimpleRecipe(SimpleRecipeOptions options) : Criterion(options)
{
    private const double Floor = 1e-12;
    private readonly SimpleRecipeOptions _options = options;
    private Sequential? _projector;
    private BatchNorm1d? _teacherNorm;

    /// <inheritdoc/>
    public override void Prepare(Signals signals)
    {
        ArgumentNullException.ThrowIfNull(signals);
        long from = signals.Student.Tap(_options.StudentTap).Pooled().Size(1);
        long to = signals.Teacher.Tap(_options.TeacherTap).Pooled().Size(1);
        _projector = Own("projector", new Sequential(new Linear(from, to), new BatchNorm1d(to)));
        _teacherNorm = Own("teacher_norm", new BatchNorm1d(to, new BatchNormOptions { Affine = false }));
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals) => Loss(
        _projector!.Call(signals.Student.Tap(_options.StudentTap).Pooled()),
        _teacherNorm!.Call(signals.Teacher.Tap(_options.TeacherTap).Pooled()), _options.Exponent);

    /// <summary>The loss itself, as a function of tensors alone.</summary>
    /// <param name="student">Projected and normalised student features, [N, D], any floating dtype. Gradients flow here.</param>
    /// <param name="teacher">Normalised teacher features, of the same shape. No gradient flows here.</param>
    /// <param name="exponent">α, above 0.</param>
    /// <returns>A scalar, float32 or wider; negative near agreement.</returns>
    /// <exception cref="ShapeException">The shapes differ, or are no [N, D].</exception>
    public static Tensor Loss(Tensor student, Tensor teacher, double exponent = 4)
    {
        RequireLogits(student, teacher);
        RequirePositive(exponent);
        using var scope = new TensorScope();
        Tensor distance = (student.AtLeastFloat32() - teacher.AsTarget()).Abs();
        return scope.Keep(distance.Pow(exponent).Sum().ClampMin(Floor).Log());
    }
}

/// <summary>What a recipe may write under <c>srd:</c>. The weight is the authors' on ImageNet.</summary>
public sealed record SimpleRecipeOptions() : TapOptions(TapPath.LastFeature, weight: 2)
{
    /// <summary>α, how much more large differences count.</summary>
    [Range(0, 16, MinimumIsExclusive = true)]
    public double Exponent { get; init; } = 4;
}
