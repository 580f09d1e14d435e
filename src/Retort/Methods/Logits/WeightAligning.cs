using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Golden;
using Retort.Models;
using Retort.Torch;
using Retort.Torch.Nn;
using Retort.Training.Corrections;

namespace Retort.Methods.Logits;

/// <summary>Labels and the network before, weighed by how many classes are new, with a head whose weights stay at 0
/// or above.</summary>
/// <remarks>
/// <para><b>Paper.</b> Zhao, Xiao, Gan, Zhang and Xia, "Maintaining Discrimination and Fairness in Class Incremental Learning",
/// CVPR 2020, arXiv:1911.07053, sections 3 and 4.</para>
/// <para><b>Equation.</b> (1 − λ) CE(z, y) + λ L_old, λ = o / K with o old classes of K, and L_old that of <c>lwf</c> at τ = 2:
/// −Σ_{c ≤ o} softmax(z_teacher / τ)_c log softmax(z_student[1..o] / τ)_c, mean over the batch. Without a teacher λ = 0. After
/// each step the head's weights are clamped to 0 or above, so that the length of a class's row and a leaning towards the class
/// are one thing. After each task the stage's <c>correct: weight-aligning</c> scales the new rows to the mean length
/// of the old.</para>
/// <para><b>Needs.</b> Logits [N, K] and labels [N]; of the network before [N, o]. A linear head for the clamp, best without a
/// bias.</para>
/// <para><b>Variants.</b> Public code leaves the clamp out. Then the new rows are seldom longer, and aligning them does not
/// help.</para>
/// </remarks>
[Method("wa", Title = "Weight aligning", Family = MethodFamily.Logit, Year = 2020, Paper = "arXiv:1911.07053")]
public sealed class WeightAligning(WeightAligningOptions options) : Criterion(options)
{
    private readonly WeightAligningOptions _options = options;
    private Linear? _head;

    /// <inheritdoc/>
    public override bool NeedsTeacher => false;

    /// <inheritdoc/>
    public override void Attach(Attachment attachment)
    {
        ArgumentNullException.ThrowIfNull(attachment);
        if (!_options.Nonnegative)
            return;
        Module model = attachment.Student.Model;
        _head = model is IHasFeatures features && model.TryFind(features.Head) is Linear head
            ? head
            : throw new ArgumentException(
                $"'wa' clamps a linear head, and '{attachment.Student.Name}' declares none; say nonnegative: false.");
        if (attachment.IsTrial)
            return;

        // Reflected rather than clamped: half of a fresh row would be zeros that no gradient of a dead weight moves far.
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        _head.Weight.Value.CopyInPlace(_head.Weight.Value.Abs());
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals)
    {
        Tensor labels = signals.Batch.Targets ?? signals.Labels;
        return signals.Teachers.Count == 0
            ? CrossEntropy.Loss(signals.Student.Logits, labels)
            : Loss(signals.Student.Logits, signals.Teacher.Logits, labels, _options.Temperature.At(signals.Clock));
    }

    /// <inheritdoc/>
    protected override void Remember(Signals signals) => _head?.Weight.Value.ClampInPlace(min: 0);

    /// <summary>The whole objective, as a function of tensors alone.</summary>
    /// <param name="student">Student logits, [N, K], any floating dtype. Gradients flow here.</param>
    /// <param name="teacher">Logits of the network before, [N, o], o ≤ K. No gradient flows here.</param>
    /// <param name="labels">Integer classes, [N].</param>
    /// <param name="temperature">τ, above 0.</param>
    /// <returns>A scalar, float32 or wider; NaN for an empty batch.</returns>
    /// <exception cref="ShapeException">A shape differs from that.</exception>
    /// <exception cref="ArgumentOutOfRangeException">τ is not above 0.</exception>
    public static Tensor Loss(Tensor student, Tensor teacher, Tensor labels, double temperature = 2)
    {
        using var scope = new TensorScope();
        Tensor old = LearningWithoutForgetting.Loss(student, teacher, temperature);
        double share = (double)teacher.Size(1) / student.Size(1);
        return scope.Keep((CrossEntropy.Loss(student, labels) * (1 - share)) + (old * share));
    }

    [Golden("wa")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        Tensor loss = LearningWithoutForgetting.Loss(
            vector["student_old_logits"], vector["teacher_old_logits"], vector.Number("T"));
        Tensor weight = vector["fc_weight"];
        return new GoldenOutputs
        {
            ["loss"] = loss,
            ["loss_kd"] = loss,
            ["aligned_weight"] = AligningCorrection.Aligned(weight, weight.Size(0) - vector.Integer("new_classes")).Weight,
        };
    }
}

/// <summary>What a recipe may write under <c>wa:</c>.</summary>
public sealed record WeightAligningOptions : CriterionOptions
{
    /// <summary>τ, which softens both distributions of the old classes; the paper's is 2.</summary>
    [Range(0, 1000, MinimumIsExclusive = true)]
    [Tunable(1, 10, Log = true)]
    public Schedule Temperature { get; init; } = Schedule.Constant(2);

    /// <summary>Whether the head's weights are made and kept 0 or above.</summary>
    public bool Nonnegative { get; init; } = true;
}
