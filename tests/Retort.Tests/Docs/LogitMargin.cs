using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Golden;
using Retort.Recipes;
using Retort.Registry;
using Retort.Torch;

namespace Retort.Tests.Docs;

/// <summary>The student separates the teacher's first choice from its second at least as widely as the teacher does.</summary>
/// <remarks>
/// <para><b>Paper.</b> None: made up for docs/adding-a-method.md.</para>
/// <para><b>Equation.</b> Let a and b be the teacher's two largest classes of a sample and m(z) = z_a − z_b. The loss is
/// max(0, min(m(z_teacher), c) − m(z_student))², mean over the batch: 0 where every margin is reached.</para>
/// <para><b>Needs.</b> Logits of both, [N, K] each, K at least 2.</para>
/// </remarks>
[Method("logit-margin", Title = "Logit margin", Family = MethodFamily.Logit, Year = 2026, Paper = "docs/adding-a-method.md")]
public sealed class LogitMargin(LogitMarginOptions options) : Criterion(options)
{
    private readonly LogitMarginOptions _options = options;

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals) =>
        Loss(signals.Student.Logits, signals.Teacher.Logits, _options.Cap.At(signals.Clock));

    /// <summary>The loss itself, as a function of tensors alone.</summary>
    /// <param name="student">Student logits, [N, K], any floating dtype. Gradients flow here.</param>
    /// <param name="teacher">Teacher logits, [N, K]. No gradient flows here.</param>
    /// <param name="cap">c, above 0: a teacher that is surer than this asks for no more.</param>
    /// <returns>A scalar, float32 or wider; NaN for an empty batch.</returns>
    /// <exception cref="ShapeException">The shapes differ, or are no [N, K] with two classes or more.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The cap is not above 0.</exception>
    public static Tensor Loss(Tensor student, Tensor teacher, double cap = 10)
    {
        Shapes.RequireDimensions(student, 2);
        Shapes.RequireSame(student, teacher);
        if (student.Size(1) < 2)
            throw new ShapeException($"'student' {Shapes.Text(student)} must have two classes or more (dimension 1).");
        if (!(cap > 0))
            throw new ArgumentOutOfRangeException(nameof(cap), cap, "the cap must be above 0.");

        using var scope = new TensorScope();
        (Tensor best, Tensor classes) = teacher.Detach().AtLeastFloat32().TopK(2, dim: 1);   // [N, 2] each
        Tensor found = student.AtLeastFloat32().Gather(1, classes);                          // [N, 2]
        Tensor lack = Margin(best).ClampMax(cap) - Margin(found);                            // [N]
        return scope.Keep(lack.Relu().Square().Mean());
    }

    private static Tensor Margin(Tensor pair) => pair.Select(1, 0) - pair.Select(1, 1);

    [Golden("logit-margin")]
    private static GoldenOutputs Golden(GoldenInputs vector) =>
        Loss(vector["student_logits"], vector["teacher_logits"], vector.Number("cap"));
}

/// <summary>What a recipe may write under <c>logit-margin:</c>.</summary>
public sealed record LogitMarginOptions : CriterionOptions
{
    /// <summary>c, the widest margin that is asked for.</summary>
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public Schedule Cap { get; init; } = Schedule.Constant(10);
}
