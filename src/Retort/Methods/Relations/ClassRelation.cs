using Retort.Golden;
using Retort.Torch;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Relations;

/// <summary>The losses of Cr-KD for novel class discovery: an image of a new class keeps its likeness to the known
/// classes.</summary>
/// <remarks>
/// <para><b>Paper.</b> Gu et al., "Class-relation Knowledge Distillation for Novel Class Discovery", ICCV 2023,
/// arXiv:2307.09158.</para>
/// <para><b>Equation.</b> On unlabelled samples, with both 0.1 and τ dividing the cosines:
/// mean of τ² w (−Σ_known p log q), p = softmax(z_old / 0.1τ), q = softmax(z_new,known / 0.1τ); w is the mass that
/// softmax(z_new / 0.1τ)
/// gives the known classes, divided by its mean over views, heads and samples. As in the paper's code, w carries a
/// gradient.</para>
/// <para><b>Needs.</b> Cosine logits over views and heads: old [V, H or 1, N, K], new [V, H, N, K + U], and which samples are
/// labelled.</para>
/// </remarks>
public static class ClassRelation
{
    /// <summary>The loss of each head, [H].</summary>
    /// <param name="student">Cosines of the trained net, [V, H, N, K + U], known classes first. Gradients flow here.</param>
    /// <param name="teacher">Cosines of the net trained on the known classes, [V, H or 1, N, K]. No gradient flows here.</param>
    /// <param name="labelled">Which samples are labelled and left out, [N], 0 or 1.</param>
    /// <param name="temperature">τ, above 0.</param>
    /// <param name="scale">What turns cosines into logits, above 0.</param>
    /// <returns>[H], float32 or wider; NaN where every sample is labelled.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor LossPerHead(Tensor student, Tensor teacher, Tensor labelled, double temperature = 4, double scale = 0.1)
    {
        Shapes.RequireDimensions(student, 4);
        Shapes.RequireDimensions(teacher, 4);
        Shapes.RequireDimensions(labelled, 1);
        RequirePositive(temperature);
        RequirePositive(scale);
        bool fits = student.Size(0) == teacher.Size(0) && student.Size(2) == teacher.Size(2) && student.Size(3) > teacher.Size(3)
            && (teacher.Size(1) == 1 || teacher.Size(1) == student.Size(1)) && labelled.Size(0) == student.Size(2);
        if (!fits)
        {
            throw new ShapeException($"'student' {Shapes.Text(student)}, 'teacher' {Shapes.Text(teacher)} and 'labelled' "
                + $"{Shapes.Text(labelled)} must be [V, H, N, K + U], [V, H or 1, N, K] and [N].");
        }

        using var scope = new TensorScope();
        Tensor rows = labelled.Eq(0).Nonzero().Squeeze(1);
        Tensor found = student.AtLeastFloat32().IndexSelect(2, rows) / (scale * temperature);
        Tensor wanted = teacher.AsTarget().IndexSelect(2, rows) / (scale * temperature);
        long known = wanted.Size(3);
        Tensor mass = found.Softmax(-1).Narrow(-1, 0, known).Sum(-1);   // [V, H, N]
        Tensor soft = SoftCrossEntropy(wanted, found.Narrow(-1, 0, known), dim: -1);
        return scope.Keep((soft * (mass / mass.Mean()) * (temperature * temperature)).Mean([0, 2]));
    }

    /// <summary>The loss itself: the mean over the heads.</summary>
    /// <inheritdoc cref="LossPerHead"/>
    public static Tensor Loss(Tensor student, Tensor teacher, Tensor labelled, double temperature = 4, double scale = 0.1)
    {
        using var scope = new TensorScope();
        return scope.Keep(LossPerHead(student, teacher, labelled, temperature, scale).Mean());
    }

    /// <summary>Soft clusters of equal size for unlabelled samples, by alternately scaling rows and columns.</summary>
    /// <param name="scores">Cosines with the new classes' prototypes, [N, U]. No gradient flows here.</param>
    /// <param name="epsilon">How far assignments are blurred, above 0.</param>
    /// <param name="iterations">How often rows and columns are scaled.</param>
    /// <returns>[N, U]; every row sums to 1.</returns>
    /// <exception cref="ShapeException">The scores are no [N, U].</exception>
    public static Tensor SinkhornTargets(Tensor scores, double epsilon = 0.05, int iterations = 3)
    {
        Shapes.RequireDimensions(scores, 2);
        RequirePositive(epsilon);
        using var scope = new TensorScope();
        Tensor plan = (scores.AsTarget() / epsilon).Exp();
        plan /= plan.Sum();
        for (int k = 0; k < iterations; k++)
        {
            plan = plan / plan.Sum(0, keepDim: true) / scores.Size(1);
            plan = plan / plan.Sum(1, keepDim: true) / scores.Size(0);
        }

        return scope.Keep(plan * scores.Size(0));
    }

    [Golden("cr-kd-ncd")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        Tensor student = vector["new_logits"], labelled = vector.Labels("mask_labelled");
        int known = vector.Integer("num_labeled_classes");
        Tensor heads = LossPerHead(
            student, vector["old_logits"], labelled, vector.Number("kd_temperature"), vector.Number("temperature"));
        Tensor novel = student.Detach().Select(0, 0).Select(0, 0).IndexSelect(0, labelled.Eq(0).Nonzero().Squeeze(1))
            .Narrow(1, known, student.Size(3) - known);
        return new GoldenOutputs
        {
            ["loss"] = heads.Mean(),
            ["loss_per_head"] = heads,
            ["sinkhorn_targets"] = SinkhornTargets(novel),
        };
    }
}
