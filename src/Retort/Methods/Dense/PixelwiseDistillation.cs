using Retort.Distillation;
using Retort.Golden;
using Retort.Torch;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Dense;

/// <summary>What the sum over pixels of <c>skds-pixelwise</c> is divided by.</summary>
public enum PixelReduction
{
    /// <summary>Samples and positions: the weight does not depend on the batch.</summary>
    Mean,

    /// <summary>Positions alone, as in the paper's code: N times stronger.</summary>
    Reference,
}

/// <summary>Every pixel is a classification of its own, whose soft label is the teacher's answer there.</summary>
/// <remarks>
/// <para><b>Paper.</b> Liu et al., "Structured Knowledge Distillation for Dense Prediction", arXiv:1903.04197, the pixel-wise
/// term.</para>
/// <para><b>Equation.</b> −Σ_k softmax(z_teacher)_k log softmax(z_student)_k at each position, its mean over samples and
/// positions. A cross-entropy: at agreement it is the teacher's entropy.</para>
/// <para><b>Needs.</b> Class maps [N, K, H, W] of both at one stride; the default taps are the models' outputs.</para>
/// <para><b>Variants.</b> The paper's code sums over the batch: <c>reduction: reference</c>, with weight 10. The default weight
/// is that of its batches of 8.</para>
/// </remarks>
[Method("skds-pixelwise", Title = "Pixel-wise distillation", Family = MethodFamily.Dense,
    Year = 2019, Paper = "arXiv:1903.04197")]
public sealed class PixelwiseDistillation(PixelwiseDistillationOptions options) : Criterion(options)
{
    private readonly PixelwiseDistillationOptions _options = options;

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals) => Loss(
        signals.Student.Tap(_options.StudentTap), signals.Teacher.Tap(_options.TeacherTap), _options.Reduction);

    /// <summary>The loss itself, as a function of tensors alone.</summary>
    /// <param name="student">Student scores, [N, K, H, W], any floating dtype. Gradients flow here.</param>
    /// <param name="teacher">Teacher scores, of the same shape. No gradient flows here.</param>
    /// <param name="reduction">What the sum over pixels is divided by.</param>
    /// <returns>A scalar, float32 or wider; NaN for an empty batch.</returns>
    /// <exception cref="ShapeException">The shapes differ, or are no [N, K, H, W].</exception>
    public static Tensor Loss(Tensor student, Tensor teacher, PixelReduction reduction = PixelReduction.Mean)
    {
        Shapes.RequireDimensions(student, 4);
        Shapes.RequireSame(student, teacher);
        using var scope = new TensorScope();
        Tensor each = SoftCrossEntropy(teacher.AsTarget(), student.AtLeastFloat32(), dim: 1);   // [N, H, W]
        return scope.Keep(reduction == PixelReduction.Mean ? each.Mean() : each.Mean([1, 2]).Sum());
    }

    [Golden("skds-pixelwise")]
    private static GoldenOutputs Golden(GoldenInputs vector) =>
        Loss(vector["student"], vector["teacher"], PixelReduction.Reference);
}

/// <summary>What a recipe may write under <c>skds-pixelwise:</c>.</summary>
public sealed record PixelwiseDistillationOptions() : TapOptions("@output", weight: 80)
{
    /// <summary>What the sum over pixels is divided by.</summary>
    public PixelReduction Reduction { get; init; }
}
