using Retort.Graphs;

namespace Retort.Stages;

/// <summary>What a recipe may write under <c>condense:</c>.</summary>
public sealed record CondenseStageOptions : StageOptions
{
    /// <summary>How the small set is got.</summary>
    public required GraphCondenserOptions By { get; init; }

    /// <summary>Whether the first seed's set serves all seeds.</summary>
    public bool Once { get; init; }
}
