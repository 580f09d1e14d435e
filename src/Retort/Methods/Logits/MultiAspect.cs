using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Golden;
using Retort.Torch;

namespace Retort.Methods.Logits;

/// <summary>Extra outputs of the student answer yes-or-no questions about the image as a multimodal model answered
/// them.</summary>
/// <remarks>
/// <para><b>Paper.</b> Lee et al., "Multi-aspect Knowledge Distillation with Large Language Model", CVPR workshops 2025,
/// arXiv:2501.13341.</para>
/// <para><b>Equation.</b> Cross-entropy of the first K outputs + α · binary cross-entropy of the other Q with the probabilities
/// of a yes,
/// mean over the N·Q answers.</para>
/// <para><b>Needs.</b> A student with K + Q outputs, labels [N], and for each sample the Q probabilities as the batch's
/// <c>aspects</c>, [N, Q]. It holds the label's term: no cross-entropy beside it. No teacher runs.</para>
/// </remarks>
[Method("makd", Title = "Multi-aspect KD", Family = MethodFamily.Logit, Year = 2025, Paper = "arXiv:2501.13341")]
public sealed class MultiAspect(MultiAspectOptions options) : Criterion(options)
{
    private const string AspectsName = "aspects";
    private readonly MultiAspectOptions _options = options;

    /// <inheritdoc/>
    public override bool NeedsTeacher => false;

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals) =>
        Loss(signals.Student.Logits, signals.Batch[AspectsName], signals.Labels, _options.Alpha);

    /// <summary>The loss itself, as a function of tensors alone.</summary>
    /// <param name="student">Student outputs, [N, K + Q], any floating dtype. Gradients flow here.</param>
    /// <param name="aspects">Probabilities of a yes, [N, Q].</param>
    /// <param name="labels">Integer classes, [N].</param>
    /// <param name="alpha">α, the weight of the answers.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor Loss(Tensor student, Tensor aspects, Tensor labels, double alpha = 4)
    {
        using var scope = new TensorScope();
        (Tensor label, Tensor answers) = Parts(student, aspects, labels);
        return scope.Keep(label + alpha * answers);
    }

    private static (Tensor Label, Tensor Answers) Parts(Tensor student, Tensor aspects, Tensor labels)
    {
        Shapes.RequireLabelled(student, labels);
        Shapes.RequireDimensions(aspects, 2);
        Shapes.RequireSameBatch(student, aspects);
        long questions = aspects.Size(1), classes = student.Size(1) - questions;
        if (classes < 1)
        {
            throw new ShapeException(
                $"'student' {Shapes.Text(student)} has no class beside the answers of 'aspects' {Shapes.Text(aspects)}.");
        }

        Tensor logits = student.AtLeastFloat32();
        return (logits.Narrow(1, 0, classes).CrossEntropyLoss(labels),
            logits.Narrow(1, classes, questions).BinaryCrossEntropyWithLogits(aspects.AsTarget().To(logits.DType)));
    }

    [Golden("makd")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        (Tensor label, Tensor answers) = Parts(vector["student_logits"], vector["aspect_probs"], vector.Labels("target"));
        return new GoldenOutputs { ["loss"] = label + vector.Number("alpha") * answers, ["loss_aspect"] = answers };
    }
}

/// <summary>What a recipe may write under <c>makd:</c>.</summary>
public sealed record MultiAspectOptions : CriterionOptions
{
    /// <summary>α, the weight of the answers; 1 to 50 by data set.</summary>
    [Range(0, double.MaxValue)]
    [Tunable(1, 16, Log = true)]
    public double Alpha { get; init; } = 4;
}
