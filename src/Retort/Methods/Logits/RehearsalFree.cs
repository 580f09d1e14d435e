using System.ComponentModel.DataAnnotations;
using Retort.Data;
using Retort.Distillation;
using Retort.Golden;
using Retort.Models;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Methods.Logits;

/// <summary>New classes learnt without stored samples: one-against-all targets of labels and of the network before.</summary>
/// <remarks>
/// <para><b>Paper.</b> Smith, Tian, Halbe, Hsu and Kira, "A Closer Look at Rehearsal-Free Continual Learning", CVPR workshops
/// 2023, arXiv:2203.17269, section 4.</para>
/// <para><b>Equation.</b> Mean over the batch and all K classes of BCE(σ(z), t), t being one-hot over the new classes and
/// σ(z_teacher) for the teacher's o old ones; without <c>predictions</c> the old columns are 0. Form <c>softmax</c>: CE(z, y) and
/// the loss of <c>lwf</c> at τ = 2. To this are added features · MSE(h, h_teacher), l2 · Σ (p − p_before)²,
/// ewc · Σ F (p − p_before)² over the parameters p below the head; F grows after each task by Σ_batches (∇BCE over the task's own
/// classes)² N / batches.</para>
/// <para><b>Needs.</b> Logits [N, K] and labels [N]; of the network before [N, o], and its last feature where <c>features</c> is
/// above 0. Parameter ties alone do not save a classifier: they are for use beside <c>predictions</c>.</para>
/// <para><b>Variants.</b> The mean over N·K makes the term smaller as classes come; the softmax form has no such factor.</para>
/// </remarks>
[Method("rehearsal-free-cl", Title = "Rehearsal-free continual learning", Family = MethodFamily.Logit,
    Year = 2022, Paper = "arXiv:2203.17269")]
public sealed class RehearsalFree(RehearsalFreeOptions options) : Criterion(options)
{
    private readonly RehearsalFreeOptions _options = options;
    private Parameter[] _tied = [];
    private Tie? _tie;

    /// <inheritdoc/>
    public override bool NeedsTeacher => false;

    /// <inheritdoc/>
    public override IEnumerable<TapRequest> Taps => _options.Features > 0 ? base.Taps : [];

    private bool TiesParameters => _options.L2 > 0 || _options.Ewc > 0;

    /// <inheritdoc/>
    public override void Attach(Attachment attachment)
    {
        ArgumentNullException.ThrowIfNull(attachment);
        if (!TiesParameters)
            return;
        Module model = attachment.Student.Model;
        Module? head = model is IHasFeatures features ? model.TryFind(features.Head) : null;
        HashSet<Parameter> outside = [.. head?.Parameters() ?? []];
        _tied = [.. model.Parameters().Where(p => p.Trainable && !outside.Contains(p))];
        using var scope = new TensorScope();
        _tie = Own("tie", new Tie(Flat(_tied)));
    }

    /// <inheritdoc/>
    public override void Conclude(Attachment attachment)
    {
        ArgumentNullException.ThrowIfNull(attachment);
        if (_tie is not { } tie)
            return;
        using var scope = new TensorScope();
        tie.Anchor.CopyInPlace(Flat(_tied));
        if (_options.Ewc > 0)
            tie.Fisher.AddInPlace(FisherOf(attachment));
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals)
    {
        Tensor? teacher = signals.Teachers.Count > 0 ? signals.Teacher.Logits : null;
        Tensor logits = signals.Student.Logits;
        Tensor total = _options.Form == RehearsalFreeForm.Sigmoid
            ? Loss(logits, signals.Labels, teacher, _options.Predictions)
            : SoftmaxLoss(logits, signals.Labels, _options.Predictions ? teacher : null);
        if (_options.Features > 0 && teacher is not null)
        {
            Tensor before = signals.Teacher.Tap(_options.TeacherTap).AsTarget();
            total += signals.Student.Tap(_options.StudentTap).AtLeastFloat32().MseLoss(before) * _options.Features;
        }

        if (_tie is { } tie)
            total += TieLoss(Flat(_tied), tie.Anchor, tie.Fisher, _options.L2, _options.Ewc);
        return total;
    }

    /// <summary>Labels and the network before, one class against all others.</summary>
    /// <param name="student">Student logits, [N, K], any floating dtype. Gradients flow here.</param>
    /// <param name="labels">Integer classes, [N].</param>
    /// <param name="teacher">Logits of the network before, [N, o], o ≤ K, or null. No gradient flows here.</param>
    /// <param name="predictions">Whether the old classes' targets are the teacher's; otherwise they are 0.</param>
    /// <returns>A scalar, float32 or wider; NaN for an empty batch.</returns>
    /// <exception cref="ShapeException">A shape differs from that.</exception>
    public static Tensor Loss(Tensor student, Tensor labels, Tensor? teacher, bool predictions = true)
    {
        Shapes.RequireLabelled(student, labels, nameof(student));
        if (teacher is not null)
            LearningWithoutForgetting.RequireOldClasses(student, teacher);
        using var scope = new TensorScope();
        Tensor wide = student.AtLeastFloat32();
        Tensor targets = labels.OneHot(student.Size(1)).To(wide.DType);   // [N, K]
        if (teacher is not null && predictions)
        {
            long old = teacher.Size(1);
            targets = Ops.Cat([teacher.AsTarget().Sigmoid().To(wide.DType), targets.Narrow(1, old, student.Size(1) - old)], 1);
        }

        return scope.Keep(wide.BinaryCrossEntropyWithLogits(targets));
    }

    /// <summary>The form with softmax: cross-entropy over all classes, and what <c>lwf</c> computes.</summary>
    /// <exception cref="ShapeException">A shape does not fit.</exception>
    public static Tensor SoftmaxLoss(Tensor student, Tensor labels, Tensor? teacher)
    {
        using var scope = new TensorScope();
        Tensor loss = CrossEntropy.Loss(student, labels);
        return scope.Keep(teacher is null ? loss : loss + LearningWithoutForgetting.Loss(student, teacher));
    }

    /// <summary>l2 · Σ (p − p_before)² + ewc · Σ F (p − p_before)².</summary>
    /// <param name="parameters">p, of any shape. Gradients flow here.</param>
    /// <param name="anchor">p_before, of the same shape.</param>
    /// <param name="fisher">F, of the same shape.</param>
    /// <param name="l2">Weight of the plain tie.</param>
    /// <param name="ewc">Weight of the tie by the Fisher information.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    public static Tensor TieLoss(Tensor parameters, Tensor anchor, Tensor fisher, double l2, double ewc)
    {
        Shapes.RequireSame(parameters, anchor);
        Shapes.RequireSame(parameters, fisher);
        using var scope = new TensorScope();
        Tensor moved = (parameters - anchor).Square();
        return scope.Keep((moved * (fisher * ewc + l2)).Sum());
    }

    // In batches as they come, not augmented; the mean over a batch's samples is squared, as in the paper's code.
    private Tensor FisherOf(Attachment attachment)
    {
        Module model = attachment.Student.Model;
        bool trained = model.Training;
        model.Eval();
        using GradMode on = Autograd.EnableGrad();
        Tensor[] values = [.. _tied.Select(p => p.Value)];
        Tensor sum = _tie!.Fisher.ZerosLike();
        int batches = 0;
        foreach (Batch batch in attachment.PlainBatches())
        {
            Tensor logits = model.Call(batch.Input);
            long old = logits.Size(1) - NewClasses(attachment, logits.Size(1));
            Tensor own = logits.Narrow(1, old, logits.Size(1) - old);
            Tensor loss = own.BinaryCrossEntropyWithLogits(
                (batch.Labels - old).To(DType.Int64).OneHot(own.Size(1)).To(own.DType));
            Tensor gradient = Ops.Cat([.. Autograd.Grad(loss, values).Select(g => g.Flatten())], 0);
            sum.AddInPlace(gradient.Detach().Square() * batch.Input.Size(0));
            batches++;
        }

        model.Train(trained);
        return sum / Math.Max(1, batches);
    }

    // The classes of the task are those that the network before does not have.
    private static long NewClasses(Attachment attachment, long all) =>
        attachment.Teachers.Count > 0 && attachment.Teacher.Model is IHasFeatures features and Module before
            && before.TryFind(features.Head) is Linear head
            ? all - head.OutFeatures
            : all;

    private static Tensor Flat(Parameter[] parameters) =>
        Ops.Cat([.. parameters.Select(p => p.Value.AtLeastFloat32().Flatten())], 0);

    [Golden("rehearsal-free-cl")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        Tensor logits = vector["logits"], labels = vector.Labels("labels"), teacher = vector["teacher_old_logits"];
        Tensor parameters = vector["param"], anchor = vector["anchor"], fisher = vector["fisher"];
        double l2 = vector.Number("eps_l2"), ewc = vector.Number("mu_ewc");
        Tensor loss = Loss(logits, labels, teacher);
        return new GoldenOutputs
        {
            ["loss"] = loss + TieLoss(parameters, anchor, fisher, l2, ewc),
            ["loss_bce_predkd"] = loss,
            ["loss_softmax_predkd"] = LearningWithoutForgetting.Loss(logits, teacher),
            ["loss_l2"] = TieLoss(parameters, anchor, fisher, l2, 0),
            ["loss_ewc"] = TieLoss(parameters, anchor, fisher, 0, ewc),
        };
    }

    /// <summary>Where the parameters were, and how much each mattered, in the order of the network's.</summary>
    private sealed class Tie : Module
    {
        private readonly Torch.Nn.Buffer _anchor;
        private readonly Torch.Nn.Buffer _fisher;

        public Tie(Tensor anchor)
        {
            _anchor = Buffer("anchor", anchor.Detach().Clone());
            _fisher = Buffer("fisher", anchor.Detach().ZerosLike());
        }

        public Tensor Anchor => _anchor.Value;

        public Tensor Fisher => _fisher.Value;

        protected override Tensor Forward(Tensor input) => input - Anchor;
    }
}

/// <summary>What a recipe may write under <c>rehearsal-free-cl:</c>.</summary>
public sealed record RehearsalFreeOptions : CriterionOptions
{
    /// <summary>Over what classes compete.</summary>
    public RehearsalFreeForm Form { get; init; }

    /// <summary>Whether the old classes' targets are what the network before says.</summary>
    public bool Predictions { get; init; } = true;

    /// <summary>Weight of the mean squared distance between the last features; 0 for none.</summary>
    [Range(0, double.MaxValue)]
    public double Features { get; init; }

    /// <summary>Weight of the squared distance from the parameters before; active from the first task, where they are the initial
    /// ones. 0 for none.</summary>
    [Range(0, double.MaxValue)]
    public double L2 { get; init; }

    /// <summary>Weight of the same with each parameter's Fisher information (elastic weight consolidation); 0 for none.</summary>
    [Range(0, double.MaxValue)]
    public double Ewc { get; init; }

    /// <summary>The feature in the network that is trained.</summary>
    public TapPath StudentTap { get; init; } = TapPath.LastFeature;

    /// <summary>The feature in the network before.</summary>
    public TapPath TeacherTap { get; init; } = TapPath.LastFeature;
}

/// <summary>Over what classes compete.</summary>
public enum RehearsalFreeForm
{
    /// <summary>Each against all others: sigmoids and binary cross-entropy.</summary>
    Sigmoid,

    /// <summary>All with each other: softmax and cross-entropy.</summary>
    Softmax,
}
