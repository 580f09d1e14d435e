using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Golden;
using Retort.Torch;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Logits;

/// <summary>Distillation on mixed images, with each sample's spread of logits as its temperature, for the label's term
/// too.</summary>
/// <remarks>
/// <para><b>Paper.</b> Choi et al., "Understanding the Role of Mixup in Knowledge Distillation: An Empirical Study", WACV
/// 2023, arXiv:2211.03946.</para>
/// <para><b>Equation.</b> With τ the unbiased standard deviation of a sample's logits, one for each net:
/// γ · (−Σ_k y_k log softmax(z_student / τ_student)_k) + α · KL(softmax(z_teacher / τ_teacher) ‖ softmax(z_student /
/// τ_student)), mean
/// over the batch, no τ². A row of equal logits gives NaN.</para>
/// <para><b>Needs.</b> Logits of both on the mixed inputs, [N, K] each, and the mixed targets (labels where nothing was mixed).
/// It holds
/// the label's term: no cross-entropy beside it.</para>
/// </remarks>
[Method("mix-kd", Title = "Mixup inside KD", Family = MethodFamily.Logit, Year = 2023, Paper = "arXiv:2211.03946")]
public sealed class MixupStandardDeviation(MixupStandardDeviationOptions options) : Criterion(options)
{
    private readonly MixupStandardDeviationOptions _options = options;

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals)
    {
        Tensor student = signals.Student.Logits;
        Tensor targets = signals.Batch.Targets ?? signals.Labels.OneHot(student.Size(1)).To(student.DType);
        return Loss(student, signals.Teacher.Logits, targets, _options.Gamma, _options.Alpha);
    }

    /// <summary>The loss itself, as a function of tensors alone.</summary>
    /// <param name="student">Student logits, [N, K], any floating dtype. Gradients flow here.</param>
    /// <param name="teacher">Teacher logits, [N, K]. No gradient flows here.</param>
    /// <param name="targets">Target probabilities, [N, K].</param>
    /// <param name="gamma">γ, the weight of the targets' term.</param>
    /// <param name="alpha">α, the weight of the teacher's term.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes differ, or are no [N, K].</exception>
    public static Tensor Loss(Tensor student, Tensor teacher, Tensor targets, double gamma = 0.1, double alpha = 0.9)
    {
        using var scope = new TensorScope();
        (Tensor label, Tensor soft) = Parts(student, teacher, targets);
        return scope.Keep(gamma * label + alpha * soft);
    }

    private static (Tensor Label, Tensor Soft) Parts(Tensor student, Tensor teacher, Tensor targets)
    {
        RequireLogits(student, teacher);
        Shapes.RequireSame(student, targets);
        Tensor found = UnitSpread(student.AtLeastFloat32());
        Tensor label = -(targets.AsTarget() * found.LogSoftmax(1)).Sum(1).Mean();
        return (label, KlDivergence(UnitSpread(teacher.AsTarget()), found, dim: 1).Mean());
    }

    private static Tensor UnitSpread(Tensor logits) => logits / logits.Std(1, unbiased: true, keepDim: true);

    [Golden("mix-kd")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        (Tensor label, Tensor soft) = Parts(vector["student_logits"], vector["teacher_logits"], vector["mixed_target"]);
        label *= vector.Number("gamma");
        soft *= vector.Number("alpha");
        return new GoldenOutputs { ["loss"] = label + soft, ["loss_cls"] = label, ["loss_div"] = soft };
    }
}

/// <summary>What a recipe may write under <c>mix-kd:</c>.</summary>
public sealed record MixupStandardDeviationOptions : CriterionOptions
{
    /// <summary>γ, the weight of the targets' term.</summary>
    [Range(0, double.MaxValue)]
    [Tunable(0.01, 1, Log = true)]
    public double Gamma { get; init; } = 0.1;

    /// <summary>α, the weight of the teacher's term.</summary>
    [Range(0, double.MaxValue)]
    public double Alpha { get; init; } = 0.9;
}
