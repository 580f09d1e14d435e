using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Golden;
using Retort.Torch;
using Retort.Torch.Nn;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Logits;

/// <summary>An ensemble's mean prediction replaces the label, and a small discriminator on the logits regularises.</summary>
/// <remarks>
/// <para><b>Paper.</b> Shen and Savvides, "MEAL V2: Boosting Vanilla ResNet-50 to 80%+ Top-1 Accuracy on ImageNet without
/// Tricks", arXiv:2009.08453.</para>
/// <para><b>Equation.</b> −Σ_k p̄_k log p_student,k + BCE(D(z_student), [1, 0]) / 2 + BCE(D(z̄), [0, 1]) / 2, means over the
/// batch; p̄ is the
/// mean of the teachers' softmaxes and z̄ that of their logits. D is three 1×1 layers K → K/2 → K/4 → 2, a ReLU after
/// each. <c>discriminator_weight</c> multiplies the second part.</para>
/// <para><b>Needs.</b> Logits [N, K] of the student, already trained, and of at least one teacher. No cross-entropy beside
/// it.</para>
/// <para><b>Variants.</b> In the paper's code student and discriminator both minimise the second part, in one step of one
/// optimiser: they cooperate. With <c>adversarial</c> they play against each other, as in the paper's predecessor (Shen et al.,
/// "MEAL: Multi-Model Ensemble via Adversarial Learning", AAAI 2019, arXiv:1812.02425): the student's gradient through D is
/// turned round, D has an optimiser of its own, and its last ReLU is left out, behind which its verdicts could die.</para>
/// </remarks>
[Method("meal-v2", Title = "MEAL V2", Family = MethodFamily.Logit, Year = 2020, Paper = "arXiv:2009.08453")]
public sealed class EnsembleDiscriminator(EnsembleDiscriminatorOptions options) : Criterion(options)
{
    private readonly EnsembleDiscriminatorOptions _options = options;
    private Sequential? _discriminator;

    /// <inheritdoc/>
    public override void Prepare(Signals signals)
    {
        ArgumentNullException.ThrowIfNull(signals);
        if (_options.DiscriminatorWeight == 0)
            return;
        _discriminator = Own(
            "discriminator", Discriminator(signals.Student.Logits.Size(1), ends: !_options.Adversarial),
            _options.Adversarial ? PartMover.Opponent : PartMover.Learner);
    }

    /// <inheritdoc/>
    public override OpponentOptions? Opponent =>
        _options is { Adversarial: true, DiscriminatorWeight: > 0 } ? _options.Opponent : null;

    /// <summary>The discriminator for K classes: [N, K, 1, 1] → [N, 2, 1, 1].</summary>
    /// <param name="classes">K.</param>
    /// <param name="ends">Whether a ReLU ends it, as in the paper's code.</param>
    public static Sequential Discriminator(long classes, bool ends = true)
    {
        long half = Math.Max(1, classes / 2), quarter = Math.Max(1, classes / 4);
        (string Name, Module Module)[] layers =
        [
            ("conv1", new Conv2d(classes, half, 1)), ("relu1", new Relu()),
            ("conv2", new Conv2d(half, quarter, 1)), ("relu2", new Relu()),
            ("conv3", new Conv2d(quarter, 2, 1)), ("relu3", new Relu()),
        ];
        return new Sequential(ends ? layers : layers[..^1]);
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals)
    {
        Tensor student = signals.Student.Logits;
        Tensor[] teachers = [.. signals.Teachers.Select(t => t.Logits)];
        Tensor similarity = Loss(student, teachers);
        return _discriminator is null
            ? similarity
            : similarity + Discrimination(student, teachers, _discriminator, _options.Adversarial) * _options.DiscriminatorWeight;
    }

    /// <inheritdoc/>
    protected override Tensor ComputeOpponent(Signals signals) =>
        Discrimination(signals.Student.Logits, [.. signals.Teachers.Select(t => t.Logits)], _discriminator!);

    /// <summary>The cross-entropy with the ensemble's mean prediction, as a function of tensors alone.</summary>
    /// <param name="student">Student logits, [N, K], any floating dtype. Gradients flow here.</param>
    /// <param name="teachers">Each teacher's logits, [N, K]. No gradient flows here.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes differ, or are no [N, K].</exception>
    public static Tensor Loss(Tensor student, params IReadOnlyList<Tensor> teachers)
    {
        ArgumentNullException.ThrowIfNull(teachers);
        foreach (Tensor teacher in teachers)
            RequireLogits(student, teacher);
        using var scope = new TensorScope();
        Tensor target = Ops.Stack([.. teachers.Select(t => t.AsTarget().Softmax(1))], 0).Mean(dim: 0);
        return scope.Keep(-(target * student.AtLeastFloat32().LogSoftmax(1)).Sum(1).Mean());
    }

    /// <summary>How well a discriminator tells the student's logits from the teachers' mean.</summary>
    /// <param name="student">Student logits, [N, K]. Gradients flow here.</param>
    /// <param name="teachers">Each teacher's logits, [N, K]. No gradient flows here.</param>
    /// <param name="discriminator">[N, K, 1, 1] → [N, 2, 1, 1].</param>
    /// <param name="adversarial">Whether the student's gradient is turned round.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    public static Tensor Discrimination(
        Tensor student, IReadOnlyList<Tensor> teachers, Module discriminator, bool adversarial = false)
    {
        ArgumentNullException.ThrowIfNull(discriminator);
        ArgumentNullException.ThrowIfNull(teachers);
        using var scope = new TensorScope();
        Tensor mean = Ops.Stack([.. teachers.Select(t => t.AsTarget())], 0).Mean(dim: 0), own = student.AtLeastFloat32();
        if (adversarial)
            own = Autograd.Custom([own], () => [own], (gradients, _) => [gradients[0] is { } gradient ? -gradient : null])[0];
        Tensor both = Ops.Cat([own, mean], 0);
        Tensor verdict = discriminator.Call(both.Unsqueeze(2).Unsqueeze(3)).Flatten(1);   // [2N, 2]
        Tensor sides = Ops.Eye(2, verdict.DType, verdict.Device).RepeatInterleave(student.Size(0), dim: 0);
        return scope.Keep(verdict.BinaryCrossEntropyWithLogits(sides));
    }

    [Golden("meal-v2")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        Tensor student = vector["student_logits"];
        IEnumerable<string> names = vector.Names.Where(n => n.StartsWith("teacher_logits", StringComparison.Ordinal));
        Tensor[] teachers = [.. names.Select(n => vector[n])];
        using Sequential discriminator = Discriminator(student.Size(1));
        using IDisposable bound = vector.Bind(discriminator, "param:discriminator.");
        Tensor similarity = Loss(student, teachers), discrimination = Discrimination(student, teachers, discriminator);
        return new GoldenOutputs
        {
            ["loss"] = similarity + discrimination,
            ["loss_similarity"] = similarity,
            ["loss_discriminator"] = discrimination,
        };
    }
}

/// <summary>What a recipe may write under <c>meal-v2:</c>.</summary>
public sealed record EnsembleDiscriminatorOptions : CriterionOptions
{
    /// <summary>Whether the student works against the discriminator, instead of with it as in the paper's code.</summary>
    public bool Adversarial { get; init; }

    /// <summary>What the discriminator's verdict counts beside the cross-entropy with the ensemble; 0 leaves it out.</summary>
    [Range(0, double.MaxValue)]
    public double DiscriminatorWeight { get; init; } = 1;

    /// <summary>How an adversarial discriminator is trained.</summary>
    public OpponentOptions Opponent { get; init; } = new();
}
