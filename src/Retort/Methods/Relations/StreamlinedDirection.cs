using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Torch;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Relations;

/// <summary>The angles between a batch's logits are matched, each error measured against how errors vary over the
/// batch.</summary>
/// <remarks>
/// <para><b>Paper.</b> Jeong et al., "Streamlined Knowledge Distillation", CVPR 2026, the direction-wise term.</para>
/// <para><b>Equation.</b> G = ẑ ẑᵀ of the logits scaled to unit length, D = G_student − G_teacher [N, N]; with Σ the covariance
/// of D's columns over its rows (divided by N − 1) and Σ′ = Σ + λ I, the mean over the rows of √(D_i Σ′⁻¹ D_iᵀ). 0 at
/// agreement; gradients flow through Σ.</para>
/// <para><b>Needs.</b> Logits of both, [N, K] each, or of other widths. Beside <c>cross-entropy</c> and <c>kd</c> at τ = 4,
/// which is the instance-wise term; the authors' code weighs each of the three 0.5.</para>
/// <para><b>Variants.</b> The authors' code divides G by K, and multiplies both terms by the share of samples and of classes that
/// the teacher is least sure of, about a half; torchdistill, whose form this is, does neither, and leaves τ² out of the
/// instance-wise term.</para>
/// </remarks>
[Method("skd", Title = "Streamlined KD", Family = MethodFamily.Relation, Year = 2026,
    Paper = "https://openaccess.thecvf.com/content/CVPR2026/papers/Jeong_Streamlined_Knowledge_Distillation_CVPR_2026_paper.pdf")]
public sealed class StreamlinedDirection(StreamlinedDirectionOptions options) : Criterion(options)
{
    // The slope of a root at 0 is infinite; under the root this keeps it 0.
    private const double Floor = 1e-24;
    private readonly StreamlinedDirectionOptions _options = options;

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals) => Loss(signals.Student.Logits, signals.Teacher.Logits, _options.Ridge);

    /// <summary>The loss itself, as a function of tensors alone.</summary>
    /// <param name="student">Student logits, [N, K], any floating dtype. Gradients flow here.</param>
    /// <param name="teacher">Teacher logits, [N, K′]. No gradient flows here.</param>
    /// <param name="ridge">λ, above 0.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The batch sizes differ, or the logits are no [N, K].</exception>
    public static Tensor Loss(Tensor student, Tensor teacher, double ridge = 0.1)
    {
        Shapes.RequireDimensions(student, 2);
        Shapes.RequireDimensions(teacher, 2);
        Shapes.RequireSameBatch(student, teacher);
        RequirePositive(ridge);
        using var scope = new TensorScope();
        Tensor errors = Angles(student.AtLeastFloat32()) - Angles(teacher.AsTarget());   // [N, N]
        Tensor centred = errors - errors.Mean(0, keepDim: true);
        long samples = errors.Size(0);
        Tensor covariance = centred.Transpose(0, 1).MatMul(centred) / Math.Max(1, samples - 1)
            + ridge * Ops.Eye(samples, errors.DType, errors.Device);
        Tensor columns = errors.Transpose(0, 1);
        Tensor squared = (columns * Ops.LinalgSolve(covariance, columns)).Sum(0);
        return scope.Keep(squared.ClampMin(Floor).Sqrt().Mean());
    }

    private static Tensor Angles(Tensor logits)
    {
        Tensor unit = logits.UnitLength(1);
        return unit.MatMul(unit.Transpose(0, 1));
    }
}

/// <summary>What a recipe may write under <c>skd:</c>.</summary>
public sealed record StreamlinedDirectionOptions : CriterionOptions
{
    /// <summary>Creates options whose weight is that of the authors' code.</summary>
    public StreamlinedDirectionOptions() => Weight = 0.5;

    /// <summary>λ, what is added to the variances so that they can be divided by; 0.1 in the authors' code.</summary>
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public double Ridge { get; init; } = 0.1;
}
