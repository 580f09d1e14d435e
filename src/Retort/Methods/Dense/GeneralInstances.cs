using Retort.Golden;
using Retort.Torch;

namespace Retort.Methods.Dense;

/// <summary>The instances of GID: where student and teacher disagree most about classes, whoever is right.</summary>
/// <remarks>
/// <para><b>Paper.</b> Dai et al., "General Instance Distillation for Object Detection", CVPR 2021, arXiv:2103.02340.</para>
/// <para><b>Equation.</b> At each place P = max_k |σ(z_teacher)_k − σ(z_student)_k|; its box is that of the net with the larger
/// score in this class, the teacher's where they are equal. Boxes are thinned by non-maximum suppression on P, and the best few
/// stay.</para>
/// <para><b>Needs.</b> Class scores [M, K] and boxes [M, 4] of both nets at M places of one picture.</para>
/// </remarks>
public static class GeneralInstances
{
    /// <summary>The chosen places, [up to <paramref name="top"/>] int64, the largest difference first.</summary>
    /// <param name="studentScores">Student class scores before the sigmoid, [M, K]. No gradient flows.</param>
    /// <param name="teacherScores">Teacher class scores, of the same shape. No gradient flows.</param>
    /// <param name="studentBoxes">Student boxes, [M, 4].</param>
    /// <param name="teacherBoxes">Teacher boxes, [M, 4].</param>
    /// <param name="maximumIou">Boxes that overlap a better one by more than this are dropped.</param>
    /// <param name="top">How many stay.</param>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor Select(
        Tensor studentScores, Tensor teacherScores, Tensor studentBoxes, Tensor teacherBoxes,
        double maximumIou = 0.3, int top = 10)
    {
        Shapes.RequireDimensions(studentScores, 2);
        Shapes.RequireSame(studentScores, teacherScores);
        Boxes.Require(studentBoxes);
        Shapes.RequireSame(studentBoxes, teacherBoxes);
        Shapes.RequireSameBatch(studentScores, studentBoxes);
        using var scope = new TensorScope();
        Tensor student = studentScores.Detach().AtLeastFloat32().Sigmoid();
        Tensor teacher = teacherScores.Detach().AtLeastFloat32().Sigmoid();
        (Tensor difference, Tensor kind) = (teacher - student).Abs().Max(1);   // [M] each
        Tensor Chosen(Tensor scores) => scores.Gather(1, kind.Unsqueeze(1));   // [M, 1]
        Tensor boxes = Ops.Where(Chosen(student).Gt(Chosen(teacher)), studentBoxes.Detach(), teacherBoxes.Detach());
        long[] order = difference.Argsort(descending: true).ToArray<long>();
        Tensor iou = Boxes.Iou(boxes, boxes);
        double[] overlaps = iou.To(DType.Float64).Contiguous().ToArray<double>();
        var kept = new List<long>();
        foreach (long place in order)
        {
            if (kept.Count == top)
                break;
            if (kept.TrueForAll(other => overlaps[other * order.Length + place] <= maximumIou))
                kept.Add(place);
        }

        return scope.Keep(Tensor.From(kept.ToArray()).To(studentScores.Device));
    }

    /// <summary>Boxes from distributions over distances: each edge lies stride · Σ_j j softmax_j from the anchor's
    /// middle.</summary>
    /// <param name="edges">Scores, [M, 4·(R + 1)], in the order left, top, right, bottom.</param>
    /// <param name="anchors">[M, 4].</param>
    /// <param name="stride">Pixels of one bin, above 0.</param>
    /// <returns>[M, 4].</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor Decode(Tensor edges, Tensor anchors, double stride)
    {
        Shapes.RequireDimensions(edges, 2);
        Boxes.Require(anchors);
        Shapes.RequireSameBatch(edges, anchors);
        if (edges.Size(1) % 4 != 0)
            throw new ShapeException($"'edges' {Shapes.Text(edges)} must have four equal groups of bins.");
        using var scope = new TensorScope();
        long bins = edges.Size(1) / 4;
        Tensor p = edges.AtLeastFloat32().Reshape([edges.Size(0), 4, bins]).Softmax(2);
        Tensor distance = (p * Ops.Arange(0, bins, 1, p.DType, p.Device)).Sum(2) * stride;   // [M, 4]
        Tensor middle = (anchors.Narrow(1, 0, 2) + anchors.Narrow(1, 2, 2)) / 2;
        return scope.Keep(Ops.Cat([middle - distance.Narrow(1, 0, 2), middle + distance.Narrow(1, 2, 2)], 1));
    }

    [Golden("gid-like-region")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        Tensor anchors = vector["anchors"];
        double stride = vector.Number("stride");
        return new GoldenOutputs
        {
            ["selected"] = Select(
                vector["student_cls_logits"], vector["teacher_cls_logits"],
                Decode(vector["student_edge_logits"], anchors, stride),
                Decode(vector["teacher_edge_logits"], anchors, stride), vector.Number("nms_iou"), vector.Integer("top")),
        };
    }
}
