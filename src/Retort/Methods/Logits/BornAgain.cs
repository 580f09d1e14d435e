using Retort.Distillation;
using Retort.Torch;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Logits;

/// <summary>What <c>ban</c> takes over from the generation before.</summary>
public enum BornAgainForm
{
    /// <summary>Its whole distribution.</summary>
    Full,

    /// <summary>Only how sure it is of its answer, which weighs each sample's label.</summary>
    ConfidenceWeighted,

    /// <summary>Its answer, with the probabilities of the other classes shuffled for each sample.</summary>
    Permuted,
}

/// <summary>A fresh copy of the network learns from the copy trained before; generations are averaged in the end.</summary>
/// <remarks>
/// <para><b>Paper.</b> Furlanello et al., "Born-Again Neural Networks", ICML 2018, arXiv:1805.04770.</para>
/// <para><b>Equation.</b> Full: KL(p_before ‖ p), temperature 1, mean over the batch. Confidence weighted (CWTM):
/// Σ_n w_n CE(z_n, y_n) / Σ w with w the largest probability of the generation before. Permuted (DKPP): KL(q ‖ p), q the
/// probabilities of the generation before with all but the largest permuted, anew for each sample and step.</para>
/// <para><b>Needs.</b> Logits [N, K] of both, labels [N] for the weighted form. Each generation is a <c>train</c> stage with the
/// one before as its teacher, from fresh weights (a role of its own): the recipe shows three, and their ensemble. Beside a
/// cross-entropy of weight 1, or alone.</para>
/// </remarks>
[Method("ban", Title = "Born-again networks", Family = MethodFamily.Mutual, Year = 2018, Paper = "arXiv:1805.04770",
    Recipe = "methods/ban.yaml")]
public sealed class BornAgain(BornAgainOptions options) : Criterion(options)
{
    private readonly BornAgainOptions _options = options;

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals)
    {
        Tensor student = signals.Student.Logits, teacher = signals.Teacher.Logits;
        return _options.Form switch
        {
            BornAgainForm.ConfidenceWeighted => WeightedLoss(student, teacher, signals.Labels),
            BornAgainForm.Permuted => PermutedLoss(student, teacher, teacher.AtLeastFloat32().RandLike()),
            _ => KnowledgeDistillation.Loss(student, teacher, temperature: 1),
        };
    }

    /// <summary>CWTM: the labels' cross-entropy, each sample weighted by how sure the generation before is.</summary>
    /// <param name="student">Student logits, [N, K], any floating dtype. Gradients flow here.</param>
    /// <param name="teacher">Logits of the generation before, [N, K]. No gradient flows here.</param>
    /// <param name="labels">Integer classes, [N].</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor WeightedLoss(Tensor student, Tensor teacher, Tensor labels)
    {
        RequireLogits(student, teacher, labels);
        using var scope = new TensorScope();
        Tensor sure = teacher.AsTarget().Softmax(1).Amax([1]);
        return scope.Keep(-(sure * student.AtLeastFloat32().LogSoftmax(1).AtLabel(labels)).Sum() / sure.Sum());
    }

    /// <summary>DKPP: the divergence from the answer of the generation before with its other probabilities permuted.</summary>
    /// <param name="student">Student logits, [N, K], any floating dtype. Gradients flow here.</param>
    /// <param name="teacher">Logits of the generation before, [N, K]. No gradient flows here.</param>
    /// <param name="keys">Numbers whose order within a row is the permutation, [N, K]; their last column is not read.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes differ, or are no [N, K].</exception>
    public static Tensor PermutedLoss(Tensor student, Tensor teacher, Tensor keys)
    {
        RequireLogits(student, teacher);
        Shapes.RequireSame(student, keys);
        using var scope = new TensorScope();
        Tensor found = student.AtLeastFloat32().LogSoftmax(1), logs = teacher.AsTarget().LogSoftmax(1);
        Tensor best = logs.Argmax(1);
        Tensor order = keys.Detach().Narrow(1, 0, keys.Size(1) - 1).Argsort(1);
        Tensor others = logs.WithoutLabel(best).Gather(1, order);   // [N, K − 1]

        // The same classes are left out on both sides, so the rest still stands column by column.
        Tensor rest = (others.Exp() * (others - found.WithoutLabel(best))).Sum(1);
        Tensor top = logs.AtLabel(best);
        return scope.Keep((rest + top.Exp() * (top - found.AtLabel(best))).Mean());
    }
}

/// <summary>What a recipe may write under <c>ban:</c>.</summary>
public sealed record BornAgainOptions : CriterionOptions
{
    /// <summary>What is taken over from the generation before.</summary>
    public BornAgainForm Form { get; init; }
}
