using Retort.Golden;
using Retort.Torch;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Logits;

/// <summary>The loss of MDCS: experts biased by other powers of the class prior, each taught by its own view of the easier
/// image.</summary>
/// <remarks>
/// <para><b>Paper.</b> Zhao et al., "MDCS: More Diverse Experts with Consistency Self-distillation for Long-tailed
/// Recognition", ICCV 2023, arXiv:2308.09922.</para>
/// <para><b>Equation.</b> With z′_e = z_e + log(n^λ_e + 1e-9), n the class counts: the sum over experts of the cross-entropy of
/// all rows and
/// of κ τ² KL(softmax(z′_weak / τ) ‖ softmax(z′_strong / τ)), mean over the samples whose weak view is classified rightly; the
/// weak side
/// is a constant. Counts are not scaled to sum 1: that would shift all logits alike.</para>
/// <para><b>Needs.</b> Logits of E experts for the weak views, then the strong views, [E, 2N, K], and labels [N].</para>
/// </remarks>
public static class MultiExpertConsistency
{
    /// <summary>The loss itself, as a function of tensors alone.</summary>
    /// <param name="experts">[E, 2N, K]: rows 0 to N − 1 are the weakly augmented views, the rest the strongly augmented
    /// ones.</param>
    /// <param name="labels">Integer classes of all rows, [2N].</param>
    /// <param name="classCounts">How many training samples each class has, [K].</param>
    /// <param name="powers">λ, one for each expert; −0.5, 1 and 2.5 in the paper.</param>
    /// <param name="consistency">κ; 0.6, raised linearly over the first 20 epochs.</param>
    /// <param name="temperature">τ, above 0.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor Loss(
        Tensor experts, Tensor labels, Tensor classCounts, IReadOnlyList<double> powers,
        double consistency = 0.6, double temperature = 1)
    {
        ArgumentNullException.ThrowIfNull(powers);
        Shapes.RequireDimensions(experts, 3);
        Shapes.RequireDimensions(labels, 1);
        Shapes.RequireDimensions(classCounts, 1);
        RequirePositive(temperature);
        if (experts.Size(1) != labels.Size(0) || experts.Size(1) % 2 != 0)
        {
            throw new ShapeException(
                $"'experts' {Shapes.Text(experts)} and 'labels' {Shapes.Text(labels)} must have the same even number of rows.");
        }

        if (experts.Size(2) != classCounts.Size(0) || experts.Size(0) != powers.Count)
        {
            throw new ShapeException($"'experts' {Shapes.Text(experts)} does not fit {powers.Count} powers and "
                + $"'classCounts' {Shapes.Text(classCounts)}.");
        }

        using var scope = new TensorScope();
        long samples = experts.Size(1) / 2;
        Tensor truth = labels.Narrow(0, 0, samples);
        Tensor? total = null;
        for (int k = 0; k < powers.Count; k++)
        {
            Tensor logits = experts[k].AtLeastFloat32();
            Tensor shifted = logits + (classCounts.To(logits.DType).Pow(powers[k]) + 1e-9).Log();
            Tensor weak = shifted.Narrow(0, 0, samples).Detach(), strong = shifted.Narrow(0, samples, samples);
            Tensor kept = weak.Argmax(1).Eq(truth).To(logits.DType);
            Tensor divergence = KlDivergence(weak / temperature, strong / temperature, dim: 1);

            // Where no sample is kept the sum is 0, and the divisor must not be.
            Tensor term = shifted.CrossEntropyLoss(labels)
                + (divergence * kept).Sum() / kept.Sum().ClampMin(1) * (consistency * temperature * temperature);
            total = total is null ? term : total + term;
        }

        return scope.Keep(total!);
    }

    [Golden("mdcs")]
    private static GoldenOutputs Golden(GoldenInputs vector) => Loss(
        vector["expert_logits"], vector.Labels("target_doubled"), Tensor.From(vector.Numbers("class_counts")),
        vector.Numbers("prior_powers"),
        vector.Number("kd_weight") * Math.Min(1, vector.Number("epoch") / vector.Number("warmup")), vector.Number("T"));
}
