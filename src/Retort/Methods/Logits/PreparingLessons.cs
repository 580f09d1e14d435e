using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Torch;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Logits;

/// <summary>What <c>preparing-lessons</c> does where the teacher's answer is wrong.</summary>
public enum LessonCorrection
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The label and the teacher's answer exchange their probabilities.</summary>
    Swap,

    /// <summary>A smoothed label takes the teacher's place.</summary>
    Smooth,
}

/// <summary>What decides a sample's own temperature in <c>preparing-lessons</c>.</summary>
public enum LessonTemperature
{
    /// <summary>Nothing: all have the same.</summary>
    Fixed,

    /// <summary>How far the student's logits point from the teacher's: FLSW.</summary>
    Disagreement,

    /// <summary>How unsure the student is: CWSM.</summary>
    Uncertainty,
}

/// <summary>Wrong soft labels are put right before they are taught, and harder samples are taught with a lower
/// temperature.</summary>
/// <remarks>
/// <para><b>Paper.</b> Wen, Lai and Qian, "Preparing Lessons: Improve Knowledge Distillation with Better Supervision",
/// arXiv:1911.07471.</para>
/// <para><b>Equation.</b> Σ_k q_k log(q_k / softmax(z_student / τ_n)_k) τ_n², mean over the batch, q = softmax(z_teacher / τ_n)
/// after
/// correction. Swap (PS): where the largest is not the label's, the two are exchanged. Smooth (LSR): there q is c at the label
/// and (1 − c) / (K − 1) elsewhere. τ_n = τ + β (mean w − w_n), at least 1; w = (1 − cos(z_student, z_teacher))^γ for FLSW and
/// 1 / (max softmax(z_student) + 0.001) for CWSM, constants.</para>
/// <para><b>Needs.</b> Logits of both, [N, K] each, and labels [N].</para>
/// <para><b>Variants.</b> Toolkits that have the temperatures alone leave out τ_n²; its floor of 1 is ours, since nothing else
/// keeps τ_n above 0.</para>
/// </remarks>
[Method("preparing-lessons", Title = "Preparing lessons", Family = MethodFamily.Logit, Year = 2019, Paper = "arXiv:1911.07471")]
public sealed class PreparingLessons(PreparingLessonsOptions options) : Criterion(options)
{
    private readonly PreparingLessonsOptions _options = options;

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals)
    {
        Tensor student = signals.Student.Logits, teacher = signals.Teacher.Logits;
        Tensor temperature = Temperatures(
            student, teacher, _options.Sample, _options.Temperature.At(signals.Clock), _options.Beta, _options.Gamma);
        return Loss(student, teacher, signals.Labels, temperature, _options.Correction, _options.Confidence);
    }

    /// <summary>τ of every sample, [N], at least 1. No gradient flows.</summary>
    /// <param name="student">Student logits, [N, K].</param>
    /// <param name="teacher">Teacher logits, [N, K].</param>
    /// <param name="by">What decides it.</param>
    /// <param name="temperature">τ of the average sample, above 0.</param>
    /// <param name="beta">β, how far temperatures spread.</param>
    /// <param name="gamma">γ of the disagreement.</param>
    /// <exception cref="ShapeException">The shapes differ, or are no [N, K].</exception>
    public static Tensor Temperatures(
        Tensor student, Tensor teacher, LessonTemperature by, double temperature = 10, double beta = 1, double gamma = 1)
    {
        RequireLogits(student, teacher);
        RequirePositive(temperature);
        using var scope = new TensorScope();
        Tensor own = student.AsTarget();
        Tensor hardness = by switch
        {
            LessonTemperature.Disagreement =>
                (1 - (own.UnitLength(1) * teacher.AsTarget().UnitLength(1)).Sum(1)).ClampMin(0).Pow(gamma),
            LessonTemperature.Uncertainty => (own.Softmax(1).Amax([1]) + 1e-3).Reciprocal(),
            _ => own.Sum(1).ZerosLike(),
        };
        return scope.Keep(((hardness.Mean() - hardness) * beta + temperature).ClampMin(1));
    }

    /// <summary>The loss itself, as a function of tensors alone.</summary>
    /// <param name="student">Student logits, [N, K], any floating dtype. Gradients flow here.</param>
    /// <param name="teacher">Teacher logits, [N, K]. No gradient flows here.</param>
    /// <param name="labels">Integer classes, [N].</param>
    /// <param name="temperatures">τ of every sample, [N], above 0. No gradient flows here.</param>
    /// <param name="correction">What is done where the teacher is wrong.</param>
    /// <param name="confidence">c, what a smoothed label gives its class.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor Loss(
        Tensor student, Tensor teacher, Tensor labels, Tensor temperatures, LessonCorrection correction = LessonCorrection.Swap,
        double confidence = 0.9)
    {
        RequireLogits(student, teacher, labels);
        Shapes.RequireDimensions(temperatures, 1);
        Shapes.RequireSameBatch(student, temperatures);
        using var scope = new TensorScope();
        Tensor temperature = temperatures.AsTarget();
        Tensor found = (student.AtLeastFloat32() / temperature.Unsqueeze(1)).LogSoftmax(1);
        Tensor target = Corrected((teacher.AsTarget() / temperature.Unsqueeze(1)).Softmax(1), labels, correction, confidence);
        Tensor each = (target.Xlogy(target) - target * found).Sum(1);
        return scope.Keep((each * temperature.Square()).Mean());
    }

    private static Tensor Corrected(Tensor target, Tensor labels, LessonCorrection correction, double confidence)
    {
        if (correction == LessonCorrection.None)
            return target;
        Tensor answer = target.Argmax(1).Unsqueeze(1), label = labels.Unsqueeze(1);
        Tensor better = correction == LessonCorrection.Swap
            ? target.Scatter(1, answer, target.Gather(1, label)).Scatter(1, label, target.Gather(1, answer))
            : target.FullLike((1 - confidence) / (target.Size(1) - 1)).Scatter(1, label, confidence);
        return Ops.Where(answer.Eq(label), target, better);
    }
}

/// <summary>What a recipe may write under <c>preparing-lessons:</c>.</summary>
public sealed record PreparingLessonsOptions : CriterionOptions
{
    /// <summary>What is done where the teacher's answer is wrong.</summary>
    public LessonCorrection Correction { get; init; } = LessonCorrection.Swap;

    /// <summary>What decides a sample's own temperature.</summary>
    public LessonTemperature Sample { get; init; } = LessonTemperature.Disagreement;

    /// <summary>τ of the average sample.</summary>
    [Range(0, 1000, MinimumIsExclusive = true)]
    public Schedule Temperature { get; init; } = 10;

    /// <summary>β, how far temperatures spread.</summary>
    [Range(0, double.MaxValue)]
    public double Beta { get; init; } = 1;

    /// <summary>γ, the power of the disagreement.</summary>
    [Range(0, double.MaxValue)]
    public double Gamma { get; init; } = 1;

    /// <summary>c, what a smoothed label gives its class.</summary>
    [Range(0, 1)]
    public double Confidence { get; init; } = 0.9;
}
