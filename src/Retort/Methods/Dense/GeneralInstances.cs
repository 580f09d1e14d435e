using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Distillation.Projectors;
using Retort.Golden;
using Retort.Torch;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Dense;

/// <summary>Features are imitated, and related, at the instances where student and teacher disagree most about classes, whoever
/// is right.</summary>
/// <remarks>
/// <para><b>Paper.</b> Dai et al., "General Instance Distillation for Object Detection", CVPR 2021, arXiv:2103.02340.</para>
/// <para><b>Equation.</b> At each place P = max_k |σ(z_teacher)_k − σ(z_student)_k|; its box is that of the net with the larger
/// score in this class, the teacher's where they are equal. Boxes are thinned by non-maximum suppression on P, and the best few
/// of each picture stay. With t and s the features there, I in all: 1 / (I·C) Σ (t − s)² + ρ mean smoothL1(d(t) / φ(t), d(s) /
/// φ(s)), d the distances of each two instances and φ their mean.</para>
/// <para><b>Needs.</b> Maps [N, K + 4·(R + 1), H, W] of both roles, as <c>detector</c> gives them, and a feature map of each role
/// with as many places. A 1×1 projector where channels differ.</para>
/// <para><b>Variants.</b> The paper pools the feature over each box by RoIAlign, sums over it, and distils scores and edges at
/// the instances too. Here, as in the code of LD, the feature is that at the instance's place; terms beside this one distil
/// scores and edges.</para>
/// </remarks>
[Method(
    "gid-like", Title = "General instance distillation", Family = MethodFamily.Dense, Year = 2021, Paper = "arXiv:2103.02340")]
public sealed class GeneralInstances(GeneralInstancesOptions options) : DetectorCriterion(options)
{
    private readonly GeneralInstancesOptions _options = options;
    private Projector? _align;

    /// <inheritdoc/>
    public override void Prepare(Signals signals)
    {
        ArgumentNullException.ThrowIfNull(signals);
        Tensor student = signals.Student.Tap(_options.StudentTap), teacher = signals.Teacher.Tap(_options.TeacherTap);
        RequireMaps(student, teacher);
        if (student.Size(1) != teacher.Size(1))
            _align = Own("align", Projector.Between(student, teacher, norm: false));
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals)
    {
        using var scope = new TensorScope();
        Tensor feature = signals.Student.Tap(_options.StudentTap), wanted = signals.Teacher.Tap(_options.TeacherTap);
        Tensor rows = Rows(signals);
        Tensor found = Vectors(_align?.Call(feature) ?? feature), target = Vectors(wanted);
        Shapes.RequireSame(found, target);
        if (found.Size(0) != signals.Batch.Count * (signals.Student.Output.Size(2) * signals.Student.Output.Size(3)))
        {
            throw new ShapeException(
                $"the feature {Shapes.Text(feature)} must have the places of the detector's map "
                + $"{Shapes.Text(signals.Student.Output)}.");
        }

        return scope.Keep(Loss(found.IndexSelect(0, rows), target.IndexSelect(0, rows), _options.Relation));
    }

    // The instances of all pictures, as rows of [N·M].
    private Tensor Rows(Signals signals)
    {
        DetectorMap student = MapOf(signals.Student, signals), teacher = MapOf(signals.Teacher, signals);
        Shapes.RequireSame(student.Scores, teacher.Scores);
        using GradMode off = Autograd.NoGrad();
        Tensor own = student.AllBoxes(), others = teacher.AllBoxes();
        var chosen = new Tensor[own.Size(0)];
        for (int n = 0; n < chosen.Length; n++)
        {
            Tensor places = Select(student.Scores[n], teacher.Scores[n], own[n], others[n], _options.MaximumIou, _options.Top);
            chosen[n] = places.Add(n * student.Places);
        }

        return Ops.Cat(chosen, 0);
    }

    private static Tensor Vectors(Tensor map) => map.Flatten(2).Transpose(1, 2).Flatten(0, 1);   // [N·M, C]

    /// <summary>The loss itself, as a function of tensors alone.</summary>
    /// <param name="student">Student features of the instances, [I, C], any floating dtype. Gradients flow here.</param>
    /// <param name="teacher">Teacher features, of the same shape. No gradient flows here.</param>
    /// <param name="relation">ρ, the weight of their distances.</param>
    /// <returns>A scalar, float32 or wider; 0 where there is no instance.</returns>
    /// <exception cref="ShapeException">The shapes differ, or are no [I, C].</exception>
    public static Tensor Loss(Tensor student, Tensor teacher, double relation = 1)
    {
        RequireLogits(student, teacher);
        using var scope = new TensorScope();
        Tensor found = student.AtLeastFloat32(), wanted = teacher.AsTarget();
        Tensor imitation = (wanted - found).Square().Sum() / Math.Max(1, student.NumElements);
        if (relation == 0 || student.Size(0) < 2)
            return scope.Keep(imitation);
        Tensor related = Distances(found).SmoothL1Loss(Distances(wanted));
        return scope.Keep(imitation + relation * related);
    }

    // Of each two instances in units of the mean; the root of 0 has no slope, so it begins a little above.
    private static Tensor Distances(Tensor rows)
    {
        Tensor all = ((rows.Unsqueeze(0) - rows.Unsqueeze(1)).Square().Sum([2]) + 1e-8).Sqrt();
        return all / all.Mean();
    }

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

/// <summary>What a recipe may write under <c>gid-like:</c>. The weight is that of the code of LD for its imitation at the
/// instances.</summary>
public sealed record GeneralInstancesOptions() : TapOptions(TapPath.LastStage, weight: 2)
{
    /// <summary>Boxes that overlap a better one by more than this are dropped.</summary>
    [Range(0, 1)]
    public double MaximumIou { get; init; } = 0.3;

    /// <summary>How many instances of a picture stay.</summary>
    [Range(1, 10_000)]
    public int Top { get; init; } = 10;

    /// <summary>ρ, the weight of the distances of instances.</summary>
    [Range(0, double.MaxValue)]
    public double Relation { get; init; } = 1;
}
