using Retort.Golden;
using Retort.Torch;

namespace Retort.Methods.Dense;

/// <summary>The losses of attention-guided and non-local distillation for detectors: four unsquared L2 norms.</summary>
/// <remarks>
/// <para><b>Paper.</b> Zhang and Ma, "Improve Object Detection with Feature-based Knowledge Distillation: Towards Accurate and
/// Efficient Detectors", ICLR 2021.</para>
/// <para><b>Equation.</b> w₁ ‖√m · (T − a(S))‖ + w₂ ‖channel means of both‖ + w₃ ‖position means of both‖ + w₄ ‖non-local
/// features
/// of both‖, each norm over the whole tensor, batch too, neither squared nor averaged. m is the mean of both nets' spatial
/// attentions, a constant; <see cref="SpatialAttention"/> is H·W · softmax over positions of mean_c |F| / 0.5.</para>
/// <para><b>Needs.</b> Of each level: spatial attentions [N, 1, H, W], and of the adapted student and the teacher a map
/// [N, C, H, W], its channel means [N, C], its position means [N, 1, H, W] and a non-local map [N, C, H, W].</para>
/// <para><b>Variants.</b> The paper's code also computes a channel attention, and does not use it.</para>
/// </remarks>
public static class NonLocalImitation
{
    // The slope of an unsquared norm at 0 is undefined; under the root this keeps it 0.
    private const double Floor = 1e-24;

    /// <summary>H·W · softmax over positions of the mean over channels of |F| / τ, [N, 1, H, W].</summary>
    /// <param name="map">[N, C, H, W].</param>
    /// <param name="temperature">τ, above 0.</param>
    /// <exception cref="ShapeException">It is no [N, C, H, W].</exception>
    public static Tensor SpatialAttention(Tensor map, double temperature = 0.5)
    {
        Shapes.RequireDimensions(map, 4);
        LossMath.RequirePositive(temperature);
        using var scope = new TensorScope();
        Tensor energy = map.AtLeastFloat32().Abs().Mean(1, keepDim: true);
        Tensor attention = (energy.Flatten(1) / temperature).Softmax(1) * (map.Size(2) * map.Size(3));
        return scope.Keep(attention.Reshape(energy.Shape));
    }

    /// <summary>The attention-weighted imitation of one level, ‖√m · (T − S)‖.</summary>
    /// <param name="student">The adapted student map, [N, C, H, W]. Gradients flow here.</param>
    /// <param name="teacher">Teacher map, of the same shape. No gradient flows here.</param>
    /// <param name="studentAttention">[N, 1, H, W]. No gradient flows here.</param>
    /// <param name="teacherAttention">[N, 1, H, W]. No gradient flows here.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor Loss(Tensor student, Tensor teacher, Tensor studentAttention, Tensor teacherAttention)
    {
        Shapes.RequireDimensions(student, 4);
        Shapes.RequireSame(student, teacher);
        Shapes.RequireSame(studentAttention, teacherAttention);
        Shapes.RequireSameBatch(student, studentAttention);
        using var scope = new TensorScope();
        Tensor mean = (studentAttention.AsTarget() + teacherAttention.AsTarget()) / 2;
        return scope.Keep(((teacher.AsTarget() - student.AtLeastFloat32()).Square() * mean).Sum().ClampMin(Floor).Sqrt());
    }

    /// <summary>The distance of two tensors of one shape, ‖T − S‖ over all elements.</summary>
    /// <param name="student">Of the student, adapted. Gradients flow here.</param>
    /// <param name="teacher">Of the teacher. No gradient flows here.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    public static Tensor Distance(Tensor student, Tensor teacher)
    {
        Shapes.RequireSame(student, teacher);
        using var scope = new TensorScope();
        return scope.Keep((teacher.AsTarget() - student.AtLeastFloat32()).Square().Sum().ClampMin(Floor).Sqrt());
    }

    [Golden("fbkd-attention-nonlocal")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        Tensor teacher = vector["t_feat"];
        Tensor Part(string weight, string student, Tensor target) => vector.Number(weight) * Distance(vector[student], target);
        return vector.Number("mask_l2_weight")
                * Loss(vector["s_feat_adapt"], teacher, vector["s_spatial_mask"], vector["t_spatial_mask"])
            + Part("channel_weight", "s_channel_pool_adapt", teacher.Mean([2, 3]))
            + Part("spatial_weight", "s_spatial_pool_adapt", vector["t_spatial_pool"])
            + Part("nonlocal_weight", "s_relation_adapt", vector["t_relation"]);
    }
}
