using System.ComponentModel.DataAnnotations;

namespace Retort.Distillation;

/// <summary>What a recipe may write for any criterion.</summary>
[Kind("criterion", Command = "retort methods {0}")]
public abstract record CriterionOptions
{
    /// <summary>What the term is multiplied by before the terms are added. <c>auto</c> scales it to the task loss at
    /// step 0.</summary>
    [AllowAuto]
    [Range(0, double.MaxValue)]
    public Schedule Weight { get; init; } = Schedule.Constant(1);

    /// <summary>The one of the stage's teachers or peers that the term sees. The default is all of them.</summary>
    public string? From { get; init; }

    /// <summary>An earlier train stage whose terms' own parts (projectors, heads) this term begins with, where they have the same
    /// names. The default is fresh parts.</summary>
    public string? PartsFrom { get; init; }

    /// <summary>Names of the figures that the criterion gives of the training samples at the end: see
    /// <see cref="Criterion.Conclude"/>.</summary>
    public virtual IReadOnlyList<string> Findings => [];
}
