using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Torch;

namespace Retort.Methods.Dense;

/// <summary>A detector's class scores take the teacher's as their quality: distillation of classes that do not exclude each
/// other.</summary>
/// <remarks>
/// <para><b>Equation.</b> Σ |p − σ(z)|^β BCE(σ(z), p) over all places and classes, p the teacher's σ, divided by the sum over the
/// places of the teacher's largest score, at least 1: the quality focal loss (Li et al., arXiv:2006.04388) with the teacher's
/// score in the place of the IoU.</para>
/// <para><b>Needs.</b> Maps [N, K + 4·(R + 1), H, W] of both roles, as <c>detector</c> gives them, equally large; K are the
/// classes of the data. No boxes: pictures without labels count too.</para>
/// </remarks>
[Named("score-focal")]
public sealed class FocalScoreDistillation(FocalScoreDistillationOptions options) : DetectorCriterion(options)
{
    private readonly FocalScoreDistillationOptions _options = options;

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals)
    {
        using var scope = new TensorScope();
        DetectorMap student = MapOf(signals.Student, signals), teacher = MapOf(signals.Teacher, signals);
        return scope.Keep(Loss(student.Scores, teacher.Scores, _options.Beta));
    }

    /// <summary>The loss itself, as a function of tensors alone.</summary>
    /// <param name="student">Student class scores before the sigmoid, [N, M, K]. Gradients flow here.</param>
    /// <param name="teacher">Teacher class scores, of the same shape. No gradient flows here.</param>
    /// <param name="beta">β, 0 or more.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes differ, or are no [N, M, K].</exception>
    public static Tensor Loss(Tensor student, Tensor teacher, double beta = 2)
    {
        Shapes.RequireDimensions(student, 3);
        Shapes.RequireSame(student, teacher);
        using var scope = new TensorScope();
        Tensor found = student.AtLeastFloat32(), wanted = teacher.AsTarget().Sigmoid();
        Tensor factor = (wanted - found.Sigmoid()).Abs().Pow(beta);
        Tensor total = (found.BinaryCrossEntropyWithLogits(wanted, reduction: 0) * factor).Sum();
        return scope.Keep(total / wanted.Amax([2]).Sum().ClampMin(1));
    }
}

/// <summary>What a recipe may write under <c>score-focal:</c>.</summary>
public sealed record FocalScoreDistillationOptions : CriterionOptions
{
    /// <summary>β, how little scores count that are nearly the teacher's.</summary>
    [Range(0, 10)]
    public double Beta { get; init; } = 2;
}
