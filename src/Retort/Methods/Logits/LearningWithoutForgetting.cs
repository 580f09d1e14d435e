using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Torch;

namespace Retort.Methods.Logits;

/// <summary>A network that learns new classes keeps telling the old ones apart as it did before.</summary>
/// <remarks>
/// <para><b>Paper.</b> Li and Hoiem, "Learning without Forgetting", ECCV 2016, arXiv:1606.09282, section 3.</para>
/// <para><b>Equation.</b> −Σ_{c ≤ o} softmax(z_teacher / τ)_c log softmax(z_student[1..o] / τ)_c, mean over the batch, o the
/// teacher's classes; without τ². At agreement it is the entropy of the softened teacher, not 0.</para>
/// <para><b>Needs.</b> Logits of both, [N, K] and [N, o]; the teacher's o ≤ K classes are the student's first. In an
/// <c>incremental</c> stage the network after the task before is the teacher, and the first task has none.</para>
/// </remarks>
[Method("lwf", Title = "Learning without forgetting", Family = MethodFamily.Logit, Year = 2016, Paper = "arXiv:1606.09282")]
public sealed class LearningWithoutForgetting(LearningWithoutForgettingOptions options) : Criterion(options)
{
    private readonly LearningWithoutForgettingOptions _options = options;

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals) =>
        Loss(signals.Student.Logits, signals.Teacher.Logits, _options.Temperature.At(signals.Clock));

    /// <summary>The loss itself, as a function of tensors alone.</summary>
    /// <param name="student">Student logits, [N, K], any floating dtype. Gradients flow here.</param>
    /// <param name="teacher">Teacher logits of the first o ≤ K classes, [N, o]. No gradient flows here.</param>
    /// <param name="temperature">τ, above 0.</param>
    /// <returns>A scalar, float32 or wider; NaN for an empty batch.</returns>
    /// <exception cref="ShapeException">They are no [N, K] and [N, o] with o ≤ K.</exception>
    /// <exception cref="ArgumentOutOfRangeException">τ is not above 0.</exception>
    public static Tensor Loss(Tensor student, Tensor teacher, double temperature = 2)
    {
        RequireOldClasses(student, teacher);
        LossMath.RequirePositive(temperature);
        using var scope = new TensorScope();
        Tensor old = student.AtLeastFloat32().Narrow(1, 0, teacher.Size(1));   // [N, o]
        return scope.Keep(LossMath.SoftCrossEntropy(teacher.AsTarget() / temperature, old / temperature, 1).Mean());
    }

    /// <summary>Requires logits of both, the teacher's classes being the first of the student's.</summary>
    /// <exception cref="ShapeException">A shape differs from that.</exception>
    internal static void RequireOldClasses(Tensor student, Tensor teacher)
    {
        Shapes.RequireDimensions(student, 2);
        Shapes.RequireDimensions(teacher, 2);
        Shapes.RequireSameBatch(student, teacher);
        if (teacher.Size(1) > student.Size(1))
        {
            throw new ShapeException(
                $"'teacher' {Shapes.Text(teacher)} has more classes than 'student' {Shapes.Text(student)}: the teacher's must be "
                + "the first of the student's.");
        }
    }
}

/// <summary>What a recipe may write under <c>lwf:</c>.</summary>
public sealed record LearningWithoutForgettingOptions : CriterionOptions
{
    /// <summary>τ, which softens both distributions; the paper's is 2.</summary>
    [Range(0, 1000, MinimumIsExclusive = true)]
    [Tunable(1, 10, Log = true)]
    public Schedule Temperature { get; init; } = Schedule.Constant(2);
}
