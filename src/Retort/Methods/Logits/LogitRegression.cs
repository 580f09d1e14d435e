using Retort.Distillation;
using Retort.Golden;
using Retort.Torch;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Logits;

/// <summary>The student's logits should be the teacher's: regression instead of distributions.</summary>
/// <remarks>
/// <para><b>Paper.</b> Ba and Caruana, "Do Deep Nets Really Need to be Deep?", NeurIPS 2014, arXiv:1312.6184.</para>
/// <para><b>Equation.</b> The mean over N·K of (z_student − z_teacher)². It is what <c>kd</c> tends to, up to each row's mean
/// and a factor
/// of 2, where the temperature grows.</para>
/// <para><b>Needs.</b> Logits of both, [N, K] each; no labels.</para>
/// <para><b>Variants.</b> The paper sums over the classes and halves.</para>
/// </remarks>
[Method("logits-mse", Title = "Logit regression", Family = MethodFamily.Logit, Year = 2014, Paper = "arXiv:1312.6184")]
public sealed class LogitRegression(LogitRegressionOptions options) : Criterion(options)
{
    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals) => Loss(signals.Student.Logits, signals.Teacher.Logits);

    /// <summary>The loss itself, as a function of tensors alone.</summary>
    /// <param name="student">Student logits, [N, K], any floating dtype. Gradients flow here.</param>
    /// <param name="teacher">Teacher logits, [N, K]. No gradient flows here.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes differ, or are no [N, K].</exception>
    public static Tensor Loss(Tensor student, Tensor teacher)
    {
        RequireLogits(student, teacher);
        using var scope = new TensorScope();
        return scope.Keep(student.AtLeastFloat32().MseLoss(teacher.AsTarget()));
    }

    [Golden("logits-mse")]
    private static GoldenOutputs Golden(GoldenInputs vector) => Loss(vector["student_logits"], vector["teacher_logits"]);
}

/// <summary>What a recipe may write under <c>logits-mse:</c>.</summary>
public sealed record LogitRegressionOptions : CriterionOptions;
