using Retort.Golden;
using Retort.Torch;

namespace Retort.Methods.Features;

/// <summary>The loss of Sobolev and Jacobian matching: the student's input gradient should be the teacher's.</summary>
/// <remarks>
/// <para><b>Paper.</b> Czarnecki et al., "Sobolev Training for Neural Networks", NeurIPS 2017, arXiv:1706.04859; Srinivas and
/// Fleuret, "Knowledge Transfer with Jacobian Matching", ICML 2018, arXiv:1803.00443.</para>
/// <para><b>Equation.</b> J = ∂z[y] / ∂x, flattened and scaled to unit L2 norm for each sample; the mean over N·D of (J_student
/// − J_teacher)².
/// For a single output it is left as it is.</para>
/// <para><b>Needs.</b> Inputs that carry a gradient, logits of both on them, labels [N]. Its own gradient is of second order; a
/// network of
/// ReLUs has one in its weights, but none in its inputs.</para>
/// </remarks>
public static class SobolevMatching
{
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
