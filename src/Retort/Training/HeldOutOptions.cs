using System.ComponentModel.DataAnnotations;
using Retort.Distillation;

namespace Retort.Training;

/// <summary>What a recipe may write under <c>held_out:</c>: training samples that decide how the student learns from the
/// rest.</summary>
/// <remarks>They are taken from the stage's own training samples, so that a method that needs them sees no more labels than one
/// that does not.</remarks>
public sealed record HeldOutOptions
{
    /// <summary>The share of the stage's training samples.</summary>
    [Range(0, 1, MinimumIsExclusive = true, MaximumIsExclusive = true)]
    public double Share { get; init; } = 0.1;

    /// <summary>Samples in a batch of them. The default is the training's batch, or all where they are fewer.</summary>
    [Range(1, 1 << 20)]
    public int? BatchSize { get; init; }

    /// <summary>The task's loss on them, such as <c>cross-entropy</c>.</summary>
    public required CriterionOptions Loss { get; init; }
}
