using System.ComponentModel.DataAnnotations;
using Retort.Data;
using Retort.Distillation;
using Retort.Golden;
using Retort.Torch;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Dense;

/// <summary>Edges of boxes that are predicted as distributions are distilled like classes.</summary>
/// <remarks>
/// <para><b>Paper.</b> Zheng et al., "Localization Distillation for Dense Object Detection", CVPR 2022, arXiv:2102.12252.</para>
/// <para><b>Equation.</b> For each edge τ² KL(softmax(t / τ) ‖ softmax(s / τ)) over its R + 1 bins, times the weight of its
/// place, summed and divided by 4, in the valuable region by 16. At positive places the weight is the student's largest class
/// score; in the valuable region the IoU of the place's anchor with the best object whose DIoU with it lies from γ times the
/// object's threshold to below it; with <c>region: teacher-scores</c> every place counts the teacher's largest score.</para>
/// <para><b>Needs.</b> Maps [N, K + 4·(R + 1), H, W] of both roles, as <c>detector</c> gives them, equally large; K are the
/// classes of the data. But for <c>teacher-scores</c>, <c>boxes</c> of the batch, [N, G, 5]; pictures whose label is −100 then do
/// not count. Two terms serve positives and the valuable region.</para>
/// <para><b>Variants.</b> The paper's code takes the mean over the bins, R + 1 times weaker, and its weights assume that:
/// <c>bins: sum</c> is the divergence itself. It does not divide by the sum of the weights, so that the term grows with the
/// number of places: <c>normalize: weight-sum</c> does. The code's DIoU divides by the anchor's own area, not by the union:
/// <c>diou: union</c> is its definition. Places are positive as <c>gfl</c> has them, where the paper uses ATSS.</para>
/// </remarks>
[Method(
    "ld-localization", Title = "Localization distillation", Family = MethodFamily.Dense, Year = 2022, Paper = "arXiv:2102.12252")]
public sealed class LocalizationDistillation(LocalizationDistillationOptions options) : DetectorCriterion(options)
{
    private readonly LocalizationDistillationOptions _options = options;

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals)
    {
        using var scope = new TensorScope();
        DetectorMap student = MapOf(signals.Student, signals), teacher = MapOf(signals.Teacher, signals);
        Shapes.RequireSame(student.Edges, teacher.Edges);
        Tensor found = student.Edges.Flatten(0, 1), wanted = teacher.Edges.Flatten(0, 1), weight;   // [N·M, 4, R + 1]
        if (_options.Region == DistilledRegion.TeacherScores)
        {
            weight = teacher.Scores.Detach().Sigmoid().Amax([2]).Flatten();
        }
        else
        {
            Tensor boxes = signals.Batch["boxes"], counted = signals.Labels.Ne(Dataset.NoLabel);
            Tensor rows;
            if (_options.Region == DistilledRegion.Positives)
            {
                rows = PositivePlaces.Of(student, boxes, counted, _options.Centre).Rows;
                weight = student.Scores.Detach().Flatten(0, 1).Sigmoid().Amax([1]);
            }
            else
            {
                weight = Valuable(student, boxes, counted);
                rows = weight.Gt(0).Nonzero().Select(1, 0);
            }

            (found, wanted, weight) = (found.IndexSelect(0, rows), wanted.IndexSelect(0, rows), weight.IndexSelect(0, rows));
        }

        if (_options.Normalize == RegionNormalization.WeightSum)
            weight /= weight.Sum().ClampMin(1);
        return scope.Keep(Loss(
            found.Flatten(0, 1), wanted.Flatten(0, 1), weight.RepeatInterleave(4), _options.Temperature.At(signals.Clock),
            _options.Region == DistilledRegion.Valuable ? 16 : 4, _options.Bins == BinReduction.Mean));
    }

    // The region is one picture's: thresholds are those of its own objects.
    private Tensor Valuable(DetectorMap map, Tensor boxes, Tensor counted)
    {
        Tensor all = boxes.Detach().To(map.Anchors.DType).To(map.Anchors.Device);
        Tensor isBox = PositivePlaces.AreBoxes(all).LogicalAnd(counted.To(all.Device).Unsqueeze(1));
        var weights = new Tensor[all.Size(0)];
        for (int n = 0; n < weights.Length; n++)
        {
            Tensor objects = all[n].Narrow(1, 0, 4).IndexSelect(0, isBox[n].Nonzero().Select(1, 0));
            weights[n] = ValuableRegion(
                map.Anchors, [map.Places], objects, _options.Nearest, _options.Gamma, _options.Diou == DistanceIou.Union);
        }

        return Ops.Cat(weights, 0);
    }

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

/// <summary>Where edges are distilled.</summary>
public enum DistilledRegion
{
    /// <summary>At positive places, weighted by the student's largest class score.</summary>
    Positives,

    /// <summary>Around objects, where an anchor overlaps one, but less than a good one does; weighted by its IoU.</summary>
    Valuable,

    /// <summary>Everywhere, weighted by the teacher's largest class score: no boxes are needed.</summary>
    TeacherScores,
}

/// <summary>What becomes of the bins of an edge.</summary>
public enum BinReduction
{
    /// <summary>Their mean, as in the paper's code.</summary>
    Mean,

    /// <summary>Their sum, the divergence itself.</summary>
    Sum,
}

/// <summary>What the weighted sum over the places is divided by.</summary>
public enum RegionNormalization
{
    /// <summary>By nothing that depends on the batch, as in the paper's code.</summary>
    None,

    /// <summary>By the sum of the weights, at least 1.</summary>
    WeightSum,
}

/// <summary>What the overlap is divided by in a DIoU.</summary>
public enum DistanceIou
{
    /// <summary>By the anchor's area, as in the paper's code.</summary>
    Anchor,

    /// <summary>By the union, as its definition says.</summary>
    Union,
}

/// <summary>What a recipe may write under <c>ld-localization:</c>. The weight, 0.25, and the other defaults are those of the
/// paper's code.</summary>
public sealed record LocalizationDistillationOptions : CriterionOptions
{
    /// <summary>Creates options with the weight of the paper's code.</summary>
    public LocalizationDistillationOptions() => Weight = 0.25;

    /// <summary>Where edges are distilled.</summary>
    public DistilledRegion Region { get; init; }

    /// <summary>τ, the temperature of both distributions.</summary>
    [Range(0, 1000, MinimumIsExclusive = true)]
    [Tunable(1, 20, Log = true)]
    public Schedule Temperature { get; init; } = 10;

    /// <summary>What becomes of the bins of an edge.</summary>
    public BinReduction Bins { get; init; }

    /// <summary>What the weighted sum over the places is divided by.</summary>
    public RegionNormalization Normalize { get; init; }

    /// <summary>Width and height of the middle of a box in which places are positive, as a share of the box's.</summary>
    [Range(0, 1)]
    public double Centre { get; init; } = 0.5;

    /// <summary>How many anchors decide an object's threshold, of the valuable region.</summary>
    [Range(2, 1000)]
    public int Nearest { get; init; } = 9;

    /// <summary>γ, the share of the threshold where the valuable region begins.</summary>
    [Range(0, 1)]
    public double Gamma { get; init; } = 0.25;

    /// <summary>What the overlap is divided by in a DIoU, of the valuable region.</summary>
    public DistanceIou Diou { get; init; }
}
