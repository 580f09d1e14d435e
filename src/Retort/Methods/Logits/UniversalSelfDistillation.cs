using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Golden;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Methods.Logits;

/// <summary>What the main head adds to the ranking of classes in <c>uskd</c>.</summary>
public enum RankSource
{
    /// <summary>Its log-probabilities, as the paper's code has it.</summary>
    Log,

    /// <summary>Its probabilities, as the paper says.</summary>
    Probability,
}

/// <summary>Without a teacher: the student's own confidence softens the label, and Zipf's law the ranked other classes.</summary>
/// <remarks>
/// <para><b>Paper.</b> Yang et al., "From Knowledge Distillation to Self-Knowledge Distillation: A Unified Approach with
/// Normalized Loss and Customized Soft Labels", ICCV 2023, arXiv:2303.13005.</para>
/// <para><b>Equation.</b> α L_t + β L_n + μ L_w. L_t = −mean P log p(y) with P = s² + 1 − mean(s²), s = p(y), a constant. L_w
/// is the
/// cross-entropy of a weak head on a middle feature against 0.9 · label + 0.1 / K. Classes are ranked by
/// w / (1 − w(y) + 1e-6) + q / (1 − q(y) + 1e-6), w of the weak and q of the main head; L_n is the cross-entropy of the K − 1
/// other
/// classes against 1 / rank, scaled to sum 1, a constant.</para>
/// <para><b>Needs.</b> Logits [N, K], labels [N] and a middle feature of the student; beside a cross-entropy of weight 1.</para>
/// <para><b>Variants.</b> In the paper's code q is the log-probability, because a variable is used twice: <c>rank_with:
/// log</c>, the
/// default, since its published results come from it.</para>
/// </remarks>
[Method("uskd", Title = "Universal self-KD", Family = MethodFamily.Logit, Year = 2023, Paper = "arXiv:2303.13005")]
public sealed class UniversalSelfDistillation(UniversalSelfDistillationOptions options) : Criterion(options)
{
    private readonly UniversalSelfDistillationOptions _options = options;
    private Linear? _weakHead;

    /// <inheritdoc/>
    public override bool NeedsTeacher => false;

    /// <inheritdoc/>
    public override void Prepare(Signals signals)
    {
        ArgumentNullException.ThrowIfNull(signals);
        Tensor feature = signals.Student.Tap(_options.StudentTap).Pooled();
        _weakHead = Own("weak_head", new Linear(feature.Size(1), signals.Student.Logits.Size(1)));
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals)
    {
        Tensor weak = _weakHead!.Call(signals.Student.Tap(_options.StudentTap).Pooled());
        return Loss(signals.Student.Logits, weak, signals.Labels, _options.Alpha, _options.Beta, _options.Mu, _options.RankWith);
    }

    /// <summary>The loss itself, as a function of tensors alone.</summary>
    /// <param name="student">Logits of the main head, [N, K], any floating dtype. Gradients flow here.</param>
    /// <param name="weak">Logits of the weak head, [N, K]. Gradients flow here.</param>
    /// <param name="labels">Integer classes, [N].</param>
    /// <param name="alpha">α, the weight of the softened label.</param>
    /// <param name="beta">β, the weight of the ranked other classes.</param>
    /// <param name="mu">μ, the weight of the weak head's own loss.</param>
    /// <param name="rankWith">What the main head adds to the ranking.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor Loss(
        Tensor student, Tensor weak, Tensor labels, double alpha = 1, double beta = 0.1, double mu = 0.005,
        RankSource rankWith = RankSource.Log)
    {
        Shapes.RequireSame(student, weak);
        Shapes.RequireLabelled(student, labels);
        using var scope = new TensorScope();
        Tensor logits = student.AtLeastFloat32(), weakLogits = weak.AtLeastFloat32();
        Tensor logs = logits.LogSoftmax(1), logTarget = logs.AtLabel(labels);
        Tensor squared = logTarget.Detach().Exp().Square();
        Tensor target = -((squared + 1 - squared.Mean()) * logTarget).Mean();
        Tensor weakLoss = weakLogits.CrossEntropyLoss(labels, labelSmoothing: 0.1);
        Tensor score = Relative(weakLogits.Detach().Softmax(1), labels)
            + Relative(rankWith == RankSource.Log ? logs.Detach() : logs.Detach().Exp(), labels);
        Tensor rank = score.Argsort(1, descending: true).Argsort(1).To(logs.DType) + 1;   // the second sort inverts the first
        Tensor zipf = rank.Reciprocal().WithoutLabel(labels);
        Tensor rest = -(zipf / zipf.Sum(1, keepDim: true) * logits.WithoutLabel(labels).LogSoftmax(1)).Sum(1).Mean();
        return scope.Keep(alpha * target + beta * rest + mu * weakLoss);
    }

    private static Tensor Relative(Tensor values, Tensor labels) => values / (1 - values.AtLabel(labels).Unsqueeze(1) + 1e-6);

    [Golden("uskd")]
    private static GoldenOutputs Golden(GoldenInputs vector) => Loss(
        vector["student_logits"], Ops.Linear(vector["mid_feature"], vector["param:fc.weight"], vector["param:fc.bias"]),
        vector.Labels("target"), vector.Number("alpha"), vector.Number("beta"), vector.Number("mu"));
}

/// <summary>What a recipe may write under <c>uskd:</c>.</summary>
public sealed record UniversalSelfDistillationOptions : CriterionOptions
{
    /// <summary>α, the weight of the softened label; 1 on ImageNet, 0.1 on CIFAR-100.</summary>
    [Range(0, double.MaxValue)]
    public double Alpha { get; init; } = 1;

    /// <summary>β, the weight of the ranked other classes.</summary>
    [Range(0, double.MaxValue)]
    [Tunable(0.01, 1, Log = true)]
    public double Beta { get; init; } = 0.1;

    /// <summary>μ, the weight of the weak head's own loss; 0.005 on ImageNet, 0.1 on CIFAR-100.</summary>
    [Range(0, double.MaxValue)]
    public double Mu { get; init; } = 0.005;

    /// <summary>What the main head adds to the ranking.</summary>
    public RankSource RankWith { get; init; }

    /// <summary>Module path of the student's feature under the weak head; the stage before the last in the paper.</summary>
    public TapPath StudentTap { get; init; } = TapPath.LastStage;
}
