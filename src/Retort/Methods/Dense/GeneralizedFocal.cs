using Retort.Golden;
using Retort.Torch;

namespace Retort.Methods.Dense;

/// <summary>The task losses of detectors whose classes carry a quality and whose edges are distributions.</summary>
/// <remarks>
/// <para><b>Paper.</b> Li et al., "Generalized Focal Loss: Learning Qualified and Distributed Bounding Boxes for Dense Object
/// Detection", NeurIPS 2020, arXiv:2006.04388; Rezatofighi et al., "Generalized Intersection over Union",
/// CVPR 2019, arXiv:1902.09630.</para>
/// <para><b>Equation.</b> Quality: |q − σ(z)|^β BCE(σ(z), q), q the quality at the label and 0 elsewhere. Distribution:
/// (⌈y⌉ − y) CE(z, ⌊y⌋) + (y − ⌊y⌋) CE(z, ⌊y⌋ + 1). Box: 1 − (IoU − (hull − union) / hull).</para>
/// <para><b>Needs.</b> Scores [M, K], labels [M] (K is background), qualities [M]; edge scores [M, R + 1] with targets [M] below
/// R; boxes [M, 4] of both.</para>
/// </remarks>
public static class GeneralizedFocal
{
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
