using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Golden;
using Retort.Torch;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Logits;

/// <summary>Where the soft targets of <c>tf-kd</c> come from.</summary>
public enum VirtualTeacherForm
{
    /// <summary>A teacher made by hand: almost sure of the label, the same for every other class.</summary>
    Virtual,

    /// <summary>The same network, trained before: it is the stage's teacher.</summary>
    Self,
}

/// <summary>No better teacher is needed: a hand-made one, or the net itself as it was trained before, regularises as
/// well.</summary>
/// <remarks>
/// <para><b>Paper.</b> Yuan et al., "Revisiting Knowledge Distillation via Label Smoothing Regularization", CVPR 2020,
/// arXiv:1909.11723.</para>
/// <para><b>Equation.</b> Virtual: u is c at the label and (1 − c) / (K − 1) elsewhere, and the loss is
/// m KL(softmax(u / τ) ‖ softmax(z)): the student is not softened and there is no τ². Self: τ² KL(softmax(z_before / τ) ‖
/// softmax(z / τ)).
/// Summed over classes, mean over the batch.</para>
/// <para><b>Needs.</b> Logits [N, K] and labels [N]; a teacher for the self form alone. Beside a cross-entropy of 1 −
/// weight.</para>
/// <para><b>Variants.</b> The paper's code takes the mean over N·K elements, K times weaker: <c>divide_by_classes</c>. It uses
/// u as if it
/// were logits, which this follows.</para>
/// </remarks>
[Method("tf-kd", Title = "Teacher-free KD", Family = MethodFamily.Logit, Year = 2020, Paper = "arXiv:1909.11723")]
public sealed class VirtualTeacher(VirtualTeacherOptions options) : Criterion(options)
{
    private readonly VirtualTeacherOptions _options = options;

    /// <inheritdoc/>
    public override bool NeedsTeacher => _options.Form == VirtualTeacherForm.Self;

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals)
    {
        Tensor student = signals.Student.Logits;
        double temperature = _options.Temperature.At(signals.Clock);
        Tensor loss = _options.Form == VirtualTeacherForm.Self
            ? KnowledgeDistillation.Loss(student, signals.Teacher.Logits, temperature)
            : _options.Multiplier * Loss(student, signals.Labels, temperature, _options.Confidence);
        return _options.DivideByClasses ? loss / student.Size(1) : loss;
    }

    /// <summary>The divergence from the hand-made teacher, as a function of tensors alone.</summary>
    /// <param name="student">Logits, [N, K], any floating dtype. Gradients flow here.</param>
    /// <param name="labels">Integer classes, [N].</param>
    /// <param name="temperature">τ of the hand-made teacher, above 0.</param>
    /// <param name="confidence">c, what the hand-made teacher gives the label.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor Loss(Tensor student, Tensor labels, double temperature = 20, double confidence = 0.99)
    {
        Shapes.RequireLabelled(student, labels);
        RequirePositive(temperature);
        using var scope = new TensorScope();
        Tensor logits = student.AtLeastFloat32();
        double rest = (1 - confidence) / (logits.Size(1) - 1);
        Tensor teacher = logits.Detach().FullLike(rest).Scatter(1, labels.Unsqueeze(1), confidence);
        return scope.Keep(KlDivergence(teacher / temperature, logits, dim: 1).Mean());
    }

    /// <summary>Cross-entropy with a share of the label spread over the other classes: ε / (K − 1) for each.</summary>
    /// <remarks>The label smoothing of most toolkits, and of <c>cross-entropy</c> here, gives ε / K to every class, the label
    /// too.</remarks>
    /// <param name="student">Logits, [N, K], any floating dtype. Gradients flow here.</param>
    /// <param name="labels">Integer classes, [N].</param>
    /// <param name="smoothing">ε in [0, 1).</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor SmoothedCrossEntropy(Tensor student, Tensor labels, double smoothing = 0.1)
    {
        Shapes.RequireLabelled(student, labels);
        using var scope = new TensorScope();
        Tensor logs = student.AtLeastFloat32().LogSoftmax(1);
        Tensor target = logs.Detach().FullLike(smoothing / (logs.Size(1) - 1)).Scatter(1, labels.Unsqueeze(1), 1 - smoothing);
        return scope.Keep(-(target * logs).Sum(1).Mean());
    }

    [Golden("tf-kd")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        Tensor logits = vector["logits"], labels = vector.Labels("target");
        double share = vector.Number("reg_alpha"), selfShare = vector.Number("self_alpha");
        Tensor label = logits.CrossEntropyLoss(labels);
        Tensor made = Loss(logits, labels, vector.Number("reg_temperature"), vector.Number("correct_prob")) / logits.Size(1);
        Tensor self = KnowledgeDistillation.Loss(logits, vector["teacher_logits"], vector.Number("self_T")) / logits.Size(1);
        return new GoldenOutputs
        {
            ["loss"] = (1 - share) * label + share * vector.Number("multiplier") * made,
            ["loss_label_smoothing"] = SmoothedCrossEntropy(logits, labels, vector.Number("label_smoothing_alpha")),
            ["loss_tfkd_self"] = (1 - selfShare) * label + selfShare * self,
        };
    }
}

/// <summary>What a recipe may write under <c>tf-kd:</c>.</summary>
public sealed record VirtualTeacherOptions : CriterionOptions
{
    /// <summary>Creates options whose weight is the paper's α of the virtual form, beside a cross-entropy of 0.9; 0.95 for
    /// self.</summary>
    public VirtualTeacherOptions() => Weight = 0.1;

    /// <summary>Where the soft targets come from.</summary>
    public VirtualTeacherForm Form { get; init; }

    /// <summary>τ.</summary>
    [Range(0, 1000, MinimumIsExclusive = true)]
    [Tunable(1, 40, Log = true)]
    public Schedule Temperature { get; init; } = 20;

    /// <summary>c, what the hand-made teacher gives the label.</summary>
    [Range(0, 1)]
    public double Confidence { get; init; } = 0.99;

    /// <summary>m, what the virtual form is multiplied by, 1 to 100.</summary>
    [Range(0, double.MaxValue)]
    public double Multiplier { get; init; } = 1;

    /// <summary>Whether to divide by the number of classes, as the paper's code does.</summary>
    public bool DivideByClasses { get; init; }
}
