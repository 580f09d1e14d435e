using Retort.Golden;
using Retort.Torch;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Dense;

/// <summary>The loss of LD: edges of boxes that are predicted as distributions are distilled like classes.</summary>
/// <remarks>
/// <para><b>Paper.</b> Zheng et al., "Localization Distillation for Dense Object Detection", CVPR 2022, arXiv:2102.12252.</para>
/// <para><b>Equation.</b> For each edge τ² KL(softmax(t / τ) ‖ softmax(s / τ)) over its R + 1 bins, times the weight of its
/// place, summed and divided by a number that the caller gives (4 at positive places, 16 in the valuable region).</para>
/// <para><b>Needs.</b> Edge scores [M, R + 1] of both, and a weight [M] of each.</para>
/// <para><b>Variants.</b> The paper's code takes the mean over the bins, R + 1 times weaker, and its weights assume that:
/// <c>meanOverBins: false</c> is the divergence itself. The code's DIoU divides by the anchor's own area, not by the union: the
/// default of <see cref="ValuableRegion"/>.</para>
/// </remarks>
public static class LocalizationDistillation
{
    /// <summary>The loss itself, as a function of tensors alone.</summary>
    /// <param name="student">Student edge scores, [M, R + 1], any floating dtype. Gradients flow here.</param>
    /// <param name="teacher">Teacher edge scores, of the same shape. No gradient flows here.</param>
    /// <param name="weight">What each edge counts, [M]. No gradient flows here.</param>
    /// <param name="temperature">τ, above 0.</param>
    /// <param name="divisor">What the sum is divided by, above 0.</param>
    /// <param name="meanOverBins">Whether each divergence is divided by R + 1, as in the paper's code.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor Loss(
        Tensor student, Tensor teacher, Tensor weight, double temperature = 10, double divisor = 4, bool meanOverBins = true)
    {
        RequireLogits(student, teacher);
        Shapes.RequireDimensions(weight, 1);
        Shapes.RequireSameBatch(student, weight);
        RequirePositive(temperature);
        RequirePositive(divisor);
        using var scope = new TensorScope();
        Tensor each = KlDivergence(teacher.AsTarget() / temperature, student.AtLeastFloat32() / temperature, dim: 1);
        double factor = temperature * temperature / (meanOverBins ? student.Size(1) : 1);
        return scope.Keep((each * weight.AsTarget()).Sum() * (factor / divisor));
    }

    /// <summary>What each anchor counts in the region around objects that is worth distilling, [M]; 0 outside it.</summary>
    /// <remarks>Of each object, the threshold is the mean and the unbiased deviation, added, of the IoUs of the anchors of every
    /// level that are nearest to its middle. In the region are anchors whose DIoU lies from γ times it to below it; they count
    /// their IoU with the best such object.</remarks>
    /// <param name="anchors">Anchors of all levels, [M, 4].</param>
    /// <param name="perLevel">How many each level has, finest first; they add up to M.</param>
    /// <param name="objects">Boxes of objects, [G, 4]; there may be none.</param>
    /// <param name="nearest">How many anchors of each level are looked at.</param>
    /// <param name="gamma">γ, where the region begins.</param>
    /// <param name="overUnion">Whether a DIoU divides by the union, as its definition says, or by the anchor's area.</param>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor ValuableRegion(
        Tensor anchors, IReadOnlyList<long> perLevel, Tensor objects,
        int nearest = 9, double gamma = 0.25, bool overUnion = false)
    {
        ArgumentNullException.ThrowIfNull(perLevel);
        Boxes.Require(anchors);
        Boxes.Require(objects);
        if (perLevel.Sum() != anchors.Size(0))
        {
            throw new ShapeException(
                $"'anchors' {Shapes.Text(anchors)} must have {perLevel.Sum()} rows: {string.Join(" + ", perLevel)}.");
        }

        using var scope = new TensorScope();
        Tensor places = anchors.AsTarget(), boxes = objects.AsTarget();
        if (objects.Size(0) == 0)
            return scope.Keep(Boxes.Area(places).ZerosLike());
        Tensor iou = Boxes.Iou(places, boxes), distance = Boxes.CentreDistance(places, boxes);   // [M, G]
        Tensor union = overUnion
            ? Boxes.Area(places).Unsqueeze(1) + Boxes.Area(boxes).Unsqueeze(0) - Boxes.Overlap(places, boxes)
            : Boxes.Area(places).Unsqueeze(1);
        Tensor distanced = Boxes.Overlap(places, boxes) / union.ClampMin(1e-6)
            - distance / Boxes.EnclosingDiagonal(places, boxes).ClampMin(1e-6);
        var near = new List<Tensor>();
        long from = 0;
        foreach (long count in perLevel)
        {
            (_, Tensor closest) = distance.Narrow(0, from, count).TopK(Math.Min(nearest, count), dim: 0, largest: false);
            near.Add(closest.Add(from));
            from += count;
        }

        Tensor looked = iou.Gather(0, Ops.Cat([.. near], 0));
        Tensor threshold = looked.Mean(0, keepDim: true) + looked.Std(0, unbiased: true, keepDim: true);   // [1, G]
        Tensor inside = distanced.Lt(threshold).LogicalAnd(distanced.Ge(threshold * gamma));
        return scope.Keep((iou * inside.To(iou.DType)).Amax([1]));
    }

    [Golden("ld-localization")]
    private static GoldenOutputs Golden(GoldenInputs vector) => vector.Number("loss_weight") * Loss(
        vector["student_edge_logits"], vector["teacher_edge_logits"], vector["weight"], vector.Number("T"),
        vector.Number("avg_factor"));

    [Golden("ld-vlr-region")]
    private static GoldenOutputs GoldenRegion(GoldenInputs vector) => new()
    {
        ["vlr_weight"] = ValuableRegion(
            vector["anchors"], vector.Labels("anchors_per_level").ToArray<long>(), vector["gt_boxes"], vector.Integer("topk", 9),
            vector.Number("gamma", 0.25)),
    };
}
