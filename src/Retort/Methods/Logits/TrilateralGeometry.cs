using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Torch;
using Retort.Torch.Nn;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Logits;

/// <summary>A small net reads off student, teacher and label how much of each sample's loss the teacher should have.</summary>
/// <remarks>
/// <para><b>Paper.</b> Hu et al., "Less or More From Teacher: Exploiting Trilateral Geometry For Knowledge Distillation",
/// ICLR 2024, arXiv:2312.15112.</para>
/// <para><b>Equation.</b> mean of α_i τ² KL(p_teacher ‖ p_student) + (1 − α_i) CE(student, label), the softmaxes of
/// the divergence at temperature τ. α = σ(MLP(Δ)), where Δ holds the probabilities S of the student and T of the teacher,
/// the label G as a one-hot vector, and the six edges between S, T, G and T̄, the teacher's mean prediction for the label's
/// class. The MLP is trained on held-out samples, through the step that the student would take with its ratios.</para>
/// <para><b>Needs.</b> Logits [N, K] of both and labels; <c>trainer: bilevel</c> and <c>held_out</c>. No cross-entropy beside
/// it.</para>
/// <para><b>Variants.</b> T̄ is taken over what the training has seen so far, so that the teacher need not be asked before.
/// S does not carry a gradient into Δ. The published text leaves the MLP's input open in details; this is the whole of both
/// triangles.</para>
/// </remarks>
[Method("tgeo-kd", Title = "Trilateral geometry", Family = MethodFamily.Logit, Year = 2024, Paper = "arXiv:2312.15112")]
[RecipeExample(IsAlone = true, Stage = "trainer: bilevel\n      held_out: { loss: cross-entropy }")]
public sealed class TrilateralGeometry(TrilateralGeometryOptions options) : Criterion(options)
{
    // Δ: three points and six edges.
    private const long Vectors = 9;

    private readonly TrilateralGeometryOptions _options = options;
    private long _samples;
    private Sequential? _ratio;
    private SampleStore? _means;
    private SampleStore? _seen;

    /// <inheritdoc/>
    public override void Attach(Attachment attachment)
    {
        ArgumentNullException.ThrowIfNull(attachment);
        _samples = attachment.IdBound;
    }

    /// <inheritdoc/>
    public override void Prepare(Signals signals)
    {
        ArgumentNullException.ThrowIfNull(signals);
        long classes = signals.Student.Logits.Size(1);
        _ratio = Own(
            "ratio", new Sequential(new Linear(Vectors * classes, _options.Width), new Relu(), new Linear(_options.Width, 1)),
            PartMover.HeldOut);

        // A class's mean prediction and how many samples it is of; a sample's ratio and whether the teacher was right (1)
        // or not (−1).
        _means = Own("means", new SampleStore(classes, classes + 1));
        _seen = Own("seen", new SampleStore(_samples, 2));
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals)
    {
        ArgumentNullException.ThrowIfNull(signals);
        Tensor ratio = RatioOf(signals);
        return Loss(
            signals.Student.Logits, signals.Teacher.Logits, signals.Labels, ratio, _options.Temperature.At(signals.Clock));
    }

    /// <summary>The loss for given ratios, as a function of tensors alone.</summary>
    /// <param name="student">Student logits, [N, K], any floating dtype. Gradients flow here.</param>
    /// <param name="teacher">Teacher logits, [N, K]. No gradient flows here.</param>
    /// <param name="labels">Integer classes, [N].</param>
    /// <param name="ratio">α, [N], in [0, 1]. Gradients flow here.</param>
    /// <param name="temperature">τ, above 0.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor Loss(Tensor student, Tensor teacher, Tensor labels, Tensor ratio, double temperature = 4)
    {
        RequireLogits(student, teacher, labels);
        Shapes.RequireSame(labels, ratio);
        RequirePositive(temperature);
        using var scope = new TensorScope();
        Tensor found = student.AtLeastFloat32();
        Tensor divergence =
            KlDivergence(teacher.AsTarget() / temperature, found / temperature, dim: 1) * (temperature * temperature);
        Tensor entropy = -found.LogSoftmax(1).AtLabel(labels);
        return scope.Keep((ratio * divergence + (1 - ratio) * entropy).Mean());
    }

    /// <summary>Δ: what the ratio is read from. No gradient flows through it.</summary>
    /// <param name="student">Student logits, [N, K].</param>
    /// <param name="teacher">Teacher logits, [N, K].</param>
    /// <param name="labels">Integer classes, [N].</param>
    /// <param name="means">T̄, the teacher's mean probabilities for each sample's class, [N, K].</param>
    /// <returns>S, T, G and the edges S − T, T − G, S − G, S − T̄, T̄ − G, T − T̄ side by side, [N, 9 K].</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor Geometry(Tensor student, Tensor teacher, Tensor labels, Tensor means)
    {
        RequireLogits(student, teacher, labels);
        Shapes.RequireSame(teacher, means);
        using var scope = new TensorScope();
        Tensor own = student.AsTarget().Softmax(1), other = teacher.AsTarget().Softmax(1);
        Tensor truth = labels.OneHot(student.Size(1)).To(own.DType), mean = means.To(own.DType);
        return scope.Keep(Ops.Cat(
            [own, other, truth, own - other, other - truth, own - truth, own - mean, mean - truth, other - mean], 1));
    }

    /// <summary>The mean ratio of the training samples as each was last seen: of all, of those whose label is the teacher's first
    /// class, and of the others.</summary>
    /// <returns><c>ratio</c>, <c>ratio_right</c> and <c>ratio_wrong</c>; NaN where there is no such sample.</returns>
    public override IReadOnlyDictionary<string, double> Findings()
    {
        float[] rows = _seen!.Rows.ToArray<float>();
        (float Ratio, float Verdict)[] seen = [.. rows.Chunk(2).Select(r => (r[0], r[1])).Where(r => r.Item2 != 0)];
        double Mean(Func<float, bool> which) =>
            seen.Where(s => which(s.Verdict)).Select(s => (double)s.Ratio).DefaultIfEmpty(double.NaN).Average();
        return _options.Findings
            .Zip([Mean(_ => true), Mean(v => v > 0), Mean(v => v < 0)])
            .ToDictionary(f => f.First, f => f.Second);
    }

    /// <inheritdoc/>
    protected override void Remember(Signals signals)
    {
        ArgumentNullException.ThrowIfNull(signals);
        using var scope = new TensorScope();
        Tensor teacher = signals.Teacher.Logits.AsTarget(), labels = signals.Labels;
        Tensor verdict = teacher.Argmax(1).Eq(labels).To(DType.Float32) * 2 - 1;
        _seen!.Write(signals.Batch.Index, Ops.Stack([RatioOf(signals).To(DType.Float32), verdict], 1));

        Tensor belongs = labels.OneHot(teacher.Size(1)).To(DType.Float32).Transpose(0, 1);   // [K, N]
        Tensor added = belongs.Sum(1, keepDim: true), mean = _means!.Rows.Narrow(1, 0, teacher.Size(1));
        Tensor count = _means.Rows.Narrow(1, teacher.Size(1), 1) + added;
        Tensor moved = mean + (belongs.MatMul(teacher.Softmax(1).To(DType.Float32)) - added * mean) / count.ClampMin(1);
        _means.Write(Tensor.Arange(teacher.Size(1)).To(labels.Device), Ops.Cat([moved, count], 1));
    }

    private Tensor RatioOf(Signals signals)
    {
        Tensor teacher = signals.Teacher.Logits, of = _means!.Call(signals.Labels);
        Tensor mean = of.Narrow(1, 0, teacher.Size(1)), count = of.Narrow(1, teacher.Size(1), 1);

        // A class of which nothing has been seen yet has no mean: the sample's own prediction stands for it.
        Tensor known = Ops.Where(count.Gt(0), mean, teacher.AsTarget().Softmax(1));
        return _ratio!.Call(Geometry(signals.Student.Logits, teacher, signals.Labels, known)).Sigmoid().Squeeze(1);
    }
}

/// <summary>What a recipe may write under <c>tgeo-kd:</c>.</summary>
public sealed record TrilateralGeometryOptions : CriterionOptions
{
    /// <summary>τ of the divergence.</summary>
    [Tunable(1, 8)]
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public Schedule Temperature { get; init; } = Schedule.Constant(4);

    /// <summary>Width of the hidden layer that reads the ratio.</summary>
    [Range(1, 1 << 16)]
    public int Width { get; init; } = 128;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Findings => ["ratio", "ratio_right", "ratio_wrong"];
}
