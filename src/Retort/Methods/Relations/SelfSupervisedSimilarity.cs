using System.ComponentModel.DataAnnotations;
using Retort.Data;
using Retort.Distillation;
using Retort.Golden;
using Retort.Torch;
using Retort.Torch.Nn;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Relations;

/// <summary>Rotated copies carry what the teacher says to them, and how alike it finds a copy and every original, where it is
/// right.</summary>
/// <remarks>
/// <para><b>Paper.</b> Xu et al., "Knowledge Distillation Meets Self-Supervision", ECCV 2020, arXiv:2006.07114.</para>
/// <para><b>Equation.</b> S holds the cosines of projected copies (rows: each image turned by 90°, 180° and 270°) and originals
/// (columns). The term is w₃ τ² KL(copies' soft labels) + w₄ t² KL(softmax(S_teacher / t) ‖ softmax(S_student / t)), each over
/// the rows that are kept: those whose truth the teacher ranks first, and the best-ranked share of the others, ⌊share ·
/// number⌋, equal ranks in the order of rows. The truth of a row of S is its own original. Means over the kept rows.</para>
/// <para><b>Needs.</b> Square images [N, C, S, S], labels, logits [N, K] and a feature of each role, which two linear layers with
/// a ReLU between project; and a train stage before this one whose <c>sskd-head</c> has trained the teacher's projection:
/// <c>parts_from</c> names it. Beside cross-entropy with weight 0.1 and kd with weight 0.9, which are the paper's other
/// terms.</para>
/// <para><b>Variants.</b> The authors' code runs originals and copies as one batch, so that its batch-norms see both; here the
/// copies are a batch of their own. torchdistill gives similarity 2.7 and copies 10.</para>
/// </remarks>
[RecipeExample(
    Term = "sskd: { parts_from: head }",
    Before = "train: { name: head, role: teacher, init_from: teacher, freeze: [.], criteria: [sskd-head], once: true }")]
[Method("sskd", Title = "Self-supervision KD", Family = MethodFamily.Relation, Year = 2020, Paper = "arXiv:2006.07114")]
public sealed class SelfSupervisedSimilarity(SelfSupervisedSimilarityOptions options) : Criterion(options)
{
    private const int Copies = 3;
    private const int Group = Copies + 1;
    private readonly SelfSupervisedSimilarityOptions _options = options;
    private Sequential? _student;
    private Sequential? _teacher;

    /// <inheritdoc/>
    public override IEnumerable<InputRequest> Inputs => [Rotations];

    /// <inheritdoc/>
    public override void Prepare(Signals signals)
    {
        ArgumentNullException.ThrowIfNull(signals);
        _student = Own("student_head", Head(signals.Student.Tap(_options.StudentTap)));
        _teacher = Own("teacher_head", Head(signals.Teacher.Tap(_options.TeacherTap)));
        _teacher.SetTrainable(false);
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals)
    {
        RoleSignals student = signals.Student, teacher = signals.Teacher;
        Tensor logits = Interleaved(student.Logits, student.On(Rotations.Name).Logits);
        Tensor wanted = Interleaved(teacher.Logits, teacher.On(Rotations.Name).Logits);
        return _options.CopiesWeight * CopiesLoss(logits, wanted, signals.Labels, _options.Temperature, _options.CopiesShare)
            + _options.SimilarityWeight * Loss(
                Projected(_student!, student, _options.StudentTap), Projected(_teacher!, teacher, _options.TeacherTap),
                _options.SimilarityTemperature, _options.SimilarityShare);
    }

    /// <summary>Each image of the batch turned by 90°, 180° and 270°, [3N, C, S, S]: three rows for each.</summary>
    internal static InputRequest Rotations { get; } = new("rotations", Rotated);

    /// <summary>Two linear layers as wide as a pooled feature, with a ReLU between.</summary>
    internal static Sequential Head(Tensor feature)
    {
        long width = feature.Pooled().Size(1);
        return new Sequential(new Linear(width, width), new Relu(), new Linear(width, width));
    }

    /// <summary>A head's view of originals and copies, [4N, D]: each original before its three copies.</summary>
    internal static Tensor Projected(Sequential head, RoleSignals role, TapPath tap) =>
        head.Call(Interleaved(role.Tap(tap).Pooled(), role.On(Rotations.Name).Tap(tap).Pooled()));

    /// <summary>Cosines of the copies (rows) and the originals (columns), [3N, N], of projected features [4N, D].</summary>
    internal static Tensor Similarities(Tensor features)
    {
        Tensor unit = features.UnitLength(1, floor: 1e-8);
        return CopiesOf(unit).MatMul(OriginalsOf(unit).T());   // [3N, N]
    }

    /// <summary>For each copy the column of its own original, [3N].</summary>
    internal static Tensor Truth(Tensor similarities) =>
        Ops.Arange(0, similarities.Size(1), 1, DType.Int64, similarities.Device).RepeatInterleave(Copies);

    private static Tensor Rotated(Batch batch)
    {
        Tensor x = batch.Input;
        if (x.Dimensions != 4 || x.Size(2) != x.Size(3))
            throw new ArgumentException($"'input' {Shapes.Text(x)} must be square images [N, C, S, S]: sskd turns them by 90°.");
        Tensor turned = x.Transpose(2, 3);
        return Ops.Stack([turned.Flip([2]), x.Flip([2, 3]), turned.Flip([3])], 1).Flatten(0, 1);
    }

    private static Tensor Interleaved(Tensor originals, Tensor copies) => Ops.Cat(
        [originals.Unsqueeze(1), copies.Reshape([originals.Size(0), Copies, originals.Size(1)])], 1).Flatten(0, 1);

    /// <summary>The divergence of the copies' similarities to all originals, over the rows that are kept.</summary>
    /// <param name="student">Projected features, [4N, D]. Gradients flow here.</param>
    /// <param name="teacher">Projected features, [4N, D′]. No gradient flows here.</param>
    /// <param name="temperature">t, above 0; 0.5 in the paper.</param>
    /// <param name="share">Which share of the wrong rows is kept; 0.75 in the paper.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor Loss(Tensor student, Tensor teacher, double temperature = 0.5, double share = 0.75)
    {
        RequireFeatures(student, teacher);
        RequireGroups(student);
        RequirePositive(temperature);
        using var scope = new TensorScope();
        Tensor wanted = Similarities(teacher.AsTarget());
        return scope.Keep(KeptDivergence(Similarities(student.AtLeastFloat32()), wanted, Truth(wanted), temperature, share));
    }

    /// <summary>The divergence of the copies' soft labels, over the rows that are kept.</summary>
    /// <param name="student">Logits, [4N, K]. Gradients flow here.</param>
    /// <param name="teacher">Logits, [4N, K]. No gradient flows here.</param>
    /// <param name="labels">Integer classes of the originals, [N].</param>
    /// <param name="temperature">τ, above 0; 4 in the paper.</param>
    /// <param name="share">Which share of the wrong rows is kept; 1 in the paper.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor CopiesLoss(Tensor student, Tensor teacher, Tensor labels, double temperature = 4, double share = 1)
    {
        RequireLogits(student, teacher);
        RequireGroups(student);
        RequirePositive(temperature);
        Shapes.RequireDimensions(labels, 1);
        if (labels.Size(0) * Group != student.Size(0))
        {
            throw new ShapeException(
                $"'student' {Shapes.Text(student)} must have four rows for each of 'labels' {Shapes.Text(labels)}.");
        }

        using var scope = new TensorScope();
        Tensor found = CopiesOf(student.AtLeastFloat32()), wanted = CopiesOf(teacher.AsTarget());
        return scope.Keep(KeptDivergence(found, wanted, labels.RepeatInterleave(Copies), temperature, share));
    }

    private static void RequireGroups(Tensor student)
    {
        if (student.Size(0) % Group != 0)
        {
            throw new ShapeException(
                $"'student' {Shapes.Text(student)} must have rows in fours: an original and its three copies.");
        }
    }

    private static Tensor OriginalsOf(Tensor rows) => rows.Slice(0, 0, null, Group);

    private static Tensor CopiesOf(Tensor rows) =>
        rows.Reshape([rows.Size(0) / Group, Group, rows.Size(1)]).Narrow(1, 1, Copies).Reshape([-1, rows.Size(1)]);

    private static Tensor KeptDivergence(Tensor student, Tensor teacher, Tensor truth, double temperature, double share)
    {
        Tensor kept = KeptRows(teacher, truth, share);
        Tensor found = student.IndexSelect(0, kept) / temperature, wanted = teacher.IndexSelect(0, kept) / temperature;
        Tensor divergence = KlDivergence(wanted, found, dim: 1);

        // Where no row is kept the sum is 0, and the divisor must not be.
        return divergence.Sum() * (temperature * temperature / Math.Max(1, kept.NumElements));
    }

    // How many rows are kept depends on values, so this is one of the few losses that wait for the device.
    private static Tensor KeptRows(Tensor teacher, Tensor truth, double share)
    {
        long[] ranks = teacher.Argsort(1, descending: true).Eq(truth.Unsqueeze(1)).To(DType.Int64).Argmax(1).ToArray<long>();
        int right = ranks.Count(r => r == 0);
        int count = right + (int)((ranks.Length - right) * share);
        IEnumerable<int> kept = Enumerable.Range(0, ranks.Length).OrderBy(row => ranks[row]).Take(count).Order();
        return Tensor.From(kept.Select(row => (long)row).ToArray()).To(teacher.Device);
    }

    [Golden("sskd")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        Tensor student = vector["student_logits"], teacher = vector["teacher_logits"], labels = vector.Labels("target");
        double[] weights = vector.Numbers("weights_ce_kd_ss_tf");
        Tensor soft = Logits.KnowledgeDistillation.Loss(OriginalsOf(student), OriginalsOf(teacher), vector.Number("kl_T"));
        return weights[0] * OriginalsOf(student).CrossEntropyLoss(labels) + weights[1] * soft
            + weights[2] * Loss(vector["student_ss"], vector["teacher_ss"], vector.Number("ss_T"), vector.Number("ss_ratio"))
            + weights[3] * CopiesLoss(student, teacher, labels, vector.Number("tf_T"), vector.Number("tf_ratio"));
    }
}

/// <summary>What a recipe may write under <c>sskd:</c>. Weights, temperatures and shares are the authors'.</summary>
public sealed record SelfSupervisedSimilarityOptions() : TapOptions(TapPath.LastFeature, weight: 1), IValidatable
{
    /// <summary>w₃, the weight of the copies' soft labels.</summary>
    [Range(0, double.MaxValue)]
    public double CopiesWeight { get; init; } = 2.7;

    /// <summary>w₄, the weight of the similarities.</summary>
    [Range(0, double.MaxValue)]
    public double SimilarityWeight { get; init; } = 10;

    /// <summary>τ of the copies' soft labels.</summary>
    [Range(0, 1000, MinimumIsExclusive = true)]
    public double Temperature { get; init; } = 4;

    /// <summary>t of the similarities.</summary>
    [Range(0, 1000, MinimumIsExclusive = true)]
    public double SimilarityTemperature { get; init; } = 0.5;

    /// <summary>Which share of the copies that the teacher classifies wrongly is kept.</summary>
    [Range(0, 1)]
    public double CopiesShare { get; init; } = 1;

    /// <summary>Which share of the copies whose original the teacher does not rank first is kept.</summary>
    [Range(0, 1)]
    public double SimilarityShare { get; init; } = 0.75;

    /// <inheritdoc/>
    public IEnumerable<Problem> Validate()
    {
        if (PartsFrom is null)
        {
            yield return new Problem(nameof(PartsFrom), "names no stage that has trained the teacher's projection")
            {
                Expected = "parts_from: the name of an earlier train stage with the term sskd-head",
            };
        }
    }
}
