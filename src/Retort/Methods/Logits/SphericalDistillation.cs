using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Torch;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Logits;

/// <summary>Logits of both nets are brought to one length before they are compared: how sure either is does not count.</summary>
/// <remarks>
/// <para><b>Paper.</b> Guo et al., "Reducing the Teacher-Student Gap via Spherical Knowledge Distillation",
/// arXiv:2010.07485.</para>
/// <para><b>Equation.</b> With n(z) = m (z − mean) / √(variance + 1e-7), mean and (biased) variance of the sample's K logits:
/// τ² KL(softmax(n(z_teacher) / τ) ‖ softmax(n(z_student) / τ)), mean over the batch. Gradients flow through mean and
/// variance.</para>
/// <para><b>Needs.</b> Logits of both, [N, K] each, K above 2.</para>
/// <para><b>Variants.</b> The paper's text takes the teacher's mean length for m, its code and toolkits the number 2.
/// <c>logit-standardization</c> is the same with the unbiased deviation and m = 1.</para>
/// </remarks>
[Method("spherical-kd", Title = "Spherical KD", Family = MethodFamily.Logit, Year = 2020, Paper = "arXiv:2010.07485")]
public sealed class SphericalDistillation(SphericalDistillationOptions options) : Criterion(options)
{
    private readonly SphericalDistillationOptions _options = options;

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals) => Loss(
        signals.Student.Logits, signals.Teacher.Logits, _options.Temperature.At(signals.Clock), _options.Multiplier);

    /// <summary>The loss itself, as a function of tensors alone.</summary>
    /// <param name="student">Student logits, [N, K], any floating dtype. Gradients flow here.</param>
    /// <param name="teacher">Teacher logits, [N, K]. No gradient flows here.</param>
    /// <param name="temperature">τ, above 0.</param>
    /// <param name="multiplier">m, above 0: the spread that logits get.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes differ, or are no [N, K].</exception>
    public static Tensor Loss(Tensor student, Tensor teacher, double temperature = 4, double multiplier = 2)
    {
        RequireLogits(student, teacher);
        RequirePositive(temperature);
        RequirePositive(multiplier);
        using var scope = new TensorScope();
        Tensor found = OneLength(student.AtLeastFloat32()), wanted = OneLength(teacher.AsTarget());
        double sharpness = multiplier / temperature;
        return scope.Keep(KlDivergence(wanted * sharpness, found * sharpness, dim: 1).Mean() * (temperature * temperature));
    }

    private static Tensor OneLength(Tensor logits) => Ops.LayerNorm(logits, [logits.Size(1)], epsilon: 1e-7);
}

/// <summary>What a recipe may write under <c>spherical-kd:</c>.</summary>
public sealed record SphericalDistillationOptions : CriterionOptions
{
    /// <summary>Creates options whose weight is the usual one beside a cross-entropy of 0.1.</summary>
    public SphericalDistillationOptions() => Weight = 0.9;

    /// <summary>τ.</summary>
    [Range(0, 1000, MinimumIsExclusive = true)]
    public Schedule Temperature { get; init; } = 4;

    /// <summary>m, the spread that logits get.</summary>
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public double Multiplier { get; init; } = 2;
}
