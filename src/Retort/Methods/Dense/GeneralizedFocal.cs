using System.ComponentModel.DataAnnotations;
using Retort.Data;
using Retort.Distillation;
using Retort.Golden;
using Retort.Torch;

namespace Retort.Methods.Dense;

/// <summary>The task loss of detectors whose classes carry a quality and whose edges are distributions.</summary>
/// <remarks>
/// <para><b>Paper.</b> Li et al., "Generalized Focal Loss: Learning Qualified and Distributed Bounding Boxes for Dense Object
/// Detection", NeurIPS 2020, arXiv:2006.04388; Rezatofighi et al., "Generalized Intersection over Union",
/// CVPR 2019, arXiv:1902.09630.</para>
/// <para><b>Equation.</b> Quality: |q − σ(z)|^β BCE(σ(z), q), q the IoU of the place's box at the label and 0 elsewhere, summed
/// over all places and divided by the number P of positive ones. Box: 1 − (IoU − (hull − union) / hull). Distribution: (⌈y⌉ − y)
/// CE(z, ⌊y⌋) + (y − ⌊y⌋) CE(z, ⌊y⌋ + 1), the mean of the four edges. Box, twice, and distribution, a quarter, are means over
/// positive places, weighted by the largest class score.</para>
/// <para><b>Needs.</b> A map [N, K + 4·(R + 1), H, W] of the student, as <c>detector</c> gives it, K the classes of the data;
/// <c>boxes</c> of the batch, [N, G, 5]: x0, y0, x1, y1 in pixels and the class, rows of zeros where there are fewer. Pictures
/// whose label is −100 do not count. No teacher.</para>
/// <para><b>Variants.</b> The paper assigns places to boxes by ATSS. Here a place is positive in the middle of a box, half as
/// wide and high, and the one nearest to each box's middle is; where boxes share a place it is the smallest's.</para>
/// </remarks>
[Named("gfl")]
public sealed class GeneralizedFocal(GeneralizedFocalOptions options) : DetectorCriterion(options)
{
    private readonly GeneralizedFocalOptions _options = options;

    /// <inheritdoc/>
    public override bool IsTask => true;

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals)
    {
        if (signals.Batch.Targets is not null)
            throw new ArgumentException("boxes cannot be mixed as soft targets are: leave mixup and cutmix out.");
        DetectorMap map = MapOf(signals.Student, signals);
        return Loss(map, signals.Batch["boxes"], signals.Labels.Ne(Dataset.NoLabel), _options);
    }

    /// <summary>The three losses of a batch, weighted and added.</summary>
    /// <param name="map">What the detector gave. Gradients flow here.</param>
    /// <param name="boxes">[N, G, 5].</param>
    /// <param name="counted">The pictures whose boxes are known, [N].</param>
    /// <param name="options">Weights, and which places are positive.</param>
    private static Tensor Loss(DetectorMap map, Tensor boxes, Tensor counted, GeneralizedFocalOptions options)
    {
        using var scope = new TensorScope();
        PositivePlaces positive = PositivePlaces.Of(map, boxes, counted, options.Centre);
        Tensor edges = map.Edges.Flatten(0, 1).IndexSelect(0, positive.Rows);                   // [P, 4, R + 1]
        Tensor found = map.Decode(edges, positive.Anchors), wanted = positive.Objects.Narrow(1, 0, 4);
        Tensor scores = map.Scores.Flatten(0, 1);                                               // [N·M, K]
        Tensor weight = scores.Detach().IndexSelect(0, positive.Rows).Sigmoid().Amax([1]);
        Tensor total = weight.Sum().ClampMin(1);
        Tensor labels = scores.Detach().NewFull([scores.Size(0)], map.Classes, DType.Int64)
            .IndexCopy(0, positive.Rows, positive.Objects.Select(1, 4).To(DType.Int64));
        Tensor quality = scores.Detach().NewZeros([scores.Size(0)])
            .IndexCopy(0, positive.Rows, Boxes.PairedIou(found.Detach(), wanted));
        Tensor known = counted.To(scores.DType).Unsqueeze(1).Expand([counted.Size(0), map.Places]).Reshape([scores.Size(0)]);
        Tensor classes = (QualityLoss(scores, labels, quality, options.Beta) * known).Sum() / Math.Max(1, positive.Count);
        Tensor box = (BoxLoss(found, wanted) * weight).Sum() / total;
        Tensor targets = map.Distances(positive.Anchors, wanted).Flatten();                     // [P·4]
        Tensor distribution = (DistributionLoss(edges.Flatten(0, 1), targets) * weight.RepeatInterleave(4)).Sum() / (4 * total);
        return scope.Keep(classes + options.Box * box + options.Distribution * distribution);
    }

    /// <summary>The quality focal loss of each place, [M], summed over classes.</summary>
    /// <param name="scores">Class scores before the sigmoid, [M, K], any floating dtype. Gradients flow here.</param>
    /// <param name="labels">Integer classes, [M]; K or more is background.</param>
    /// <param name="quality">How good each box is, [M], 0 to 1.</param>
    /// <param name="beta">β, 0 or more. The gradient flows through the modulating factor too.</param>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor QualityLoss(Tensor scores, Tensor labels, Tensor quality, double beta = 2)
    {
        Shapes.RequireLabelled(scores, labels);
        Shapes.RequireSame(labels, quality);
        using var scope = new TensorScope();
        Tensor found = scores.AtLeastFloat32();
        Tensor kinds = Ops.Arange(0, found.Size(1), 1, DType.Int64, found.Device).Unsqueeze(0);
        Tensor target = kinds.Eq(labels.Unsqueeze(1)).To(found.DType) * quality.AsTarget().Unsqueeze(1);   // [M, K]
        Tensor factor = (target - found.Sigmoid()).Abs().Pow(beta);
        return scope.Keep((found.BinaryCrossEntropyWithLogits(target, reduction: 0) * factor).Sum(1));
    }

    /// <summary>The distribution focal loss of each edge, [M]: both whole numbers around the target share the label.</summary>
    /// <param name="edges">Edge scores, [M, R + 1], any floating dtype. Gradients flow here.</param>
    /// <param name="targets">Distances in bins, [M], 0 to below R.</param>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor DistributionLoss(Tensor edges, Tensor targets)
    {
        Shapes.RequireDimensions(edges, 2);
        Shapes.RequireDimensions(targets, 1);
        Shapes.RequireSameBatch(edges, targets);
        using var scope = new TensorScope();
        Tensor logs = edges.AtLeastFloat32().LogSoftmax(1), wanted = targets.AsTarget();
        Tensor below = wanted.Floor(), left = below.To(DType.Int64);
        return scope.Keep(-(logs.AtLabel(left) * (below + 1 - wanted) + logs.AtLabel(left.Add(1)) * (wanted - below)));
    }

    /// <summary>One minus the generalised IoU of each pair of boxes, [M], from 0 to 2.</summary>
    /// <param name="boxes">Predicted boxes, [M, 4]. Gradients flow here.</param>
    /// <param name="targets">Boxes of objects, [M, 4]. No gradient flows here.</param>
    /// <param name="epsilon">The least that a union or a hull counts.</param>
    /// <exception cref="ShapeException">The shapes differ, or are no [M, 4].</exception>
    public static Tensor BoxLoss(Tensor boxes, Tensor targets, double epsilon = 1e-6)
    {
        Boxes.Require(boxes);
        Shapes.RequireSame(boxes, targets);
        using var scope = new TensorScope();
        Tensor found = boxes.AtLeastFloat32(), wanted = targets.AsTarget();
        Tensor Low(Tensor b) => b.Narrow(1, 0, 2);
        Tensor High(Tensor b) => b.Narrow(1, 2, 2);
        Tensor Rectangle(Tensor sides) => sides.Select(1, 0) * sides.Select(1, 1);
        Tensor overlap = Rectangle((High(found).Minimum(High(wanted)) - Low(found).Maximum(Low(wanted))).ClampMin(0));
        Tensor union = (Boxes.Area(found) + Boxes.Area(wanted) - overlap).ClampMin(epsilon);
        Tensor around = (High(found).Maximum(High(wanted)) - Low(found).Minimum(Low(wanted))).ClampMin(0);
        Tensor hull = Rectangle(around).ClampMin(epsilon);
        return scope.Keep(1 - (overlap / union - (hull - union) / hull));
    }

    [Golden("gfl-losses")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        Tensor quality = QualityLoss(
            vector["cls_logits"], vector.Labels("labels"), vector["quality"], vector.Number("beta", 2)).Sum();
        Tensor edges = DistributionLoss(vector["edge_logits"], vector["edge_targets"]).Sum()
            * (vector.Number("dfl_weight") / vector.Number("dfl_avg_factor"));
        Tensor box = BoxLoss(vector["pred_boxes"], vector["gt_boxes"], vector.Number("giou_eps", 1e-6)).Mean()
            * vector.Number("giou_weight");
        return new GoldenOutputs
        {
            ["qfl_sum"] = quality,
            ["dfl"] = edges,
            ["giou_mean"] = box,
            ["loss"] = quality + edges + box,
        };
    }
}

/// <summary>What a recipe may write under <c>gfl:</c>. The weights are the paper's.</summary>
public sealed record GeneralizedFocalOptions : CriterionOptions
{
    /// <summary>β, how little places count whose score is nearly right.</summary>
    [Range(0, 10)]
    public double Beta { get; init; } = 2;

    /// <summary>What the loss of boxes counts.</summary>
    [Range(0, double.MaxValue)]
    public double Box { get; init; } = 2;

    /// <summary>What the loss of the edges' distributions counts.</summary>
    [Range(0, double.MaxValue)]
    public double Distribution { get; init; } = 0.25;

    /// <summary>Width and height of the middle of a box in which places are positive, as a share of the box's.</summary>
    [Range(0, 1)]
    public double Centre { get; init; } = 0.5;
}
