using Retort.Distillation;
using Retort.Golden;
using Retort.Torch;

namespace Retort.Methods.Features;

/// <summary>The student's gradient with respect to its input should be the teacher's.</summary>
/// <remarks>
/// <para><b>Paper.</b> Czarnecki et al., "Sobolev Training for Neural Networks", NeurIPS 2017, arXiv:1706.04859; Srinivas and
/// Fleuret, "Knowledge Transfer with Jacobian Matching", ICML 2018, arXiv:1803.00443.</para>
/// <para><b>Equation.</b> J = ∂z[y] / ∂x, flattened and scaled to unit L2 norm for each sample; the mean over N·D of (J_student
/// − J_teacher)². For a single output it is left as it is.</para>
/// <para><b>Needs.</b> Inputs that are numbers (not tokens), logits of both on them, labels [N]. The teacher is run once more at
/// each step, with a gradient to its input. The student's gradient is of second order; a network of ReLUs has one in its weights,
/// but none in its inputs. Beside a cross-entropy and, usually, <c>kd</c>.</para>
/// </remarks>
[Method("sobolev", Title = "Sobolev training", Family = MethodFamily.Feature, Year = 2017, Paper = "arXiv:1706.04859")]
public sealed class SobolevMatching(SobolevMatchingOptions options) : Criterion(options)
{
    private Role? _teacher;

    /// <inheritdoc/>
    public override bool NeedsInputGradient => true;

    /// <inheritdoc/>
    public override void Attach(Attachment attachment)
    {
        ArgumentNullException.ThrowIfNull(attachment);
        _teacher = attachment.Teacher;
        if (_teacher.Until is { } until)
        {
            throw new ArgumentException(
                $"'sobolev' needs the teacher's logits, and '{_teacher.Name}' is left off at '{until}'.", nameof(attachment));
        }
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals)
    {
        Tensor logits = signals.Student.Logits;
        bool single = logits.Dimensions == 1 || logits.Size(1) == 1;
        Tensor? labels = single ? null : signals.Labels;
        Tensor student = Jacobian(logits, signals.Batch.Input, labels, createGraph: true);
        Tensor input = signals.Batch.Input.Detach().SetRequiresGrad();
        Tensor teacher = Jacobian(_teacher!.Model.Call(input), input, labels, createGraph: false);
        return Loss(student, teacher, normalize: !single);
    }

    /// <summary>∂z[y] / ∂x of each sample, [N, D].</summary>
    /// <param name="logits">[N, K], computed from <paramref name="input"/>; or [N] or [N, 1].</param>
    /// <param name="input">x, [N, …], which requires a gradient.</param>
    /// <param name="labels">Integer classes, [N]; null for a single output.</param>
    /// <param name="createGraph">Whether the result has a gradient itself: for the student, not for the teacher.</param>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor Jacobian(Tensor logits, Tensor input, Tensor? labels, bool createGraph)
    {
        Shapes.RequireBatched(input);
        Shapes.RequireSameBatch(logits, input);
        if (labels is not null)
            Shapes.RequireLabelled(logits, labels);
        using var scope = new TensorScope();
        Tensor chosen = labels is null ? logits : logits.AtLabel(labels);
        return scope.Keep(Autograd.Grad(chosen.Sum(), [input], retainGraph: true, createGraph: createGraph)[0].Flatten(1));
    }

    /// <summary>The loss itself, as a function of tensors alone.</summary>
    /// <param name="student">The student's Jacobians, [N, …], with a graph. Gradients flow here.</param>
    /// <param name="teacher">The teacher's Jacobians, of the same shape. No gradient flows here.</param>
    /// <param name="normalize">Whether each sample's is scaled to unit L2 norm.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    public static Tensor Loss(Tensor student, Tensor teacher, bool normalize = true)
    {
        Shapes.RequireBatched(student);
        Shapes.RequireSame(student, teacher);
        using var scope = new TensorScope();
        Tensor found = student.AtLeastFloat32().Flatten(1), wanted = teacher.AsTarget().Flatten(1);
        return scope.Keep(normalize ? found.UnitLength(1).MseLoss(wanted.UnitLength(1)) : found.MseLoss(wanted));
    }

    [Golden("sobolev")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        Tensor labels = vector.Labels("target"), input = vector["x"].Detach().Clone().SetRequiresGrad();
        Tensor Of(string role, bool createGraph) => Jacobian(
            Ops.Linear(Ops.Linear(input, vector[$"{role}_w1"]).Tanh(), vector[$"{role}_w2"]), input, labels, createGraph);
        return Loss(Of("student", createGraph: true), Of("teacher", createGraph: false));
    }
}

/// <summary>What a recipe may write under <c>sobolev:</c>. The weight is to be tuned: 0.5 to 10 in public code.</summary>
public sealed record SobolevMatchingOptions : CriterionOptions;
