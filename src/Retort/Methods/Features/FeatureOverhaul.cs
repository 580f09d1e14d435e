using Retort.Golden;
using Retort.Torch;

namespace Retort.Methods.Features;

/// <summary>The loss of OFD: what goes into the teacher's ReLUs is matched, its negative values only down to a margin.</summary>
/// <remarks>
/// <para><b>Paper.</b> Heo et al., "A Comprehensive Overhaul of Feature Distillation", ICCV 2019, arXiv:1904.01866.</para>
/// <para><b>Equation.</b> The margin m_c is the mean of the negative values of N(β_c, γ_c²), from the batch-norm before the ReLU:
/// β − |γ| φ(β/|γ|) / Φ(−β/|γ|), and −3|γ| where Φ is at most 0.001. With t′ = max(t, m): (s − t′)² where s > t′ or t > 0, else
/// 0; summed
/// over C, H and W, divided by N. Layer i of n counts 2^{i − n + 1}-fold.</para>
/// <para><b>Needs.</b> Feature maps [N, C, H, W] before the ReLU, the student's after a projector, and the weight and bias of the
/// teacher's batch-norm.</para>
/// </remarks>
public static class FeatureOverhaul
{
    private const double LeastNegativeShare = 0.001;

    /// <summary>m, [C]: the mean of the negative values of a channel that a batch-norm has given its mean and spread.</summary>
    /// <param name="weight">γ, [C].</param>
    /// <param name="bias">β, [C].</param>
    /// <exception cref="ShapeException">The shapes differ, or are no [C].</exception>
    public static Tensor Margin(Tensor weight, Tensor bias)
    {
        Shapes.RequireDimensions(weight, 1);
        Shapes.RequireSame(weight, bias);
        using var scope = new TensorScope();

        // The tail of the distribution cancels badly in float32.
        Tensor spread = weight.Detach().To(DType.Float64).Abs(), mean = bias.Detach().To(DType.Float64);
        Tensor z = mean / spread;
        Tensor density = (z.Square() / -2).Exp() / Math.Sqrt(2 * Math.PI);
        Tensor negative = (1 - (z / Math.Sqrt(2)).Erf()) / 2;
        Tensor margin = Ops.Where(negative.Gt(LeastNegativeShare), mean - spread * density / negative, -3 * spread);
        return scope.Keep(margin.To(weight.AtLeastFloat32().DType));
    }

    /// <summary>The loss of one pair of layers, as a function of tensors alone.</summary>
    /// <param name="student">The student's values before the ReLU, after the projector, [N, C, H, W]. Gradients flow
    /// here.</param>
    /// <param name="teacher">The teacher's values before the ReLU, [N, C, H, W]. No gradient flows here.</param>
    /// <param name="margin">m, [C].</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor Loss(Tensor student, Tensor teacher, Tensor margin)
    {
        Shapes.RequireDimensions(student, 4);
        Shapes.RequireSame(student, teacher);
        Shapes.RequireDimensions(margin, 1);
        if (margin.Size(0) != student.Size(1))
        {
            throw new ShapeException(
                $"'margin' {Shapes.Text(margin)} must have a value for each channel of 'student' {Shapes.Text(student)}.");
        }

        using var scope = new TensorScope();
        Tensor found = student.AtLeastFloat32(), wanted = teacher.AsTarget();
        Tensor target = wanted.Maximum(margin.Detach().To(wanted.DType).Reshape([1, -1, 1, 1]));
        Tensor counts = found.Detach().Gt(target).LogicalOr(wanted.Gt(0)).To(found.DType);
        return scope.Keep(((found - target).Square() * counts).Sum() / student.Size(0));
    }

    [Golden("ofd")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        Tensor margin = Margin(vector["bn_weight"], vector["bn_bias"]);
        return new GoldenOutputs
        {
            ["margin"] = margin,
            ["loss"] = Loss(vector["student_feat_after_connector"], vector["teacher_preact_feat"], margin),
        };
    }
}
