using System.ComponentModel.DataAnnotations;
using Retort.Selection;

namespace Retort.Stages;

/// <summary>What a recipe may write under <c>sift:</c>.</summary>
public sealed record SiftStageOptions : StageOptions
{
    /// <summary>What a sample's worth is.</summary>
    public required SampleScoreOptions By { get; init; }

    /// <summary>The models that the score asks, in the order that it names them: train stages, or roles with weights.</summary>
    public required IReadOnlyList<string> Models { get; init; }

    /// <summary>The share of the training samples that is kept.</summary>
    [Range(0, 1, MinimumIsExclusive = true)]
    public double Keep { get; init; } = 0.5;

    /// <summary>Whether the first seed's choice serves all seeds.</summary>
    public bool Once { get; init; }
}
