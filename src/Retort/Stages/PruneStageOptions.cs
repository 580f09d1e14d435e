using Retort.Compression;
using Retort.Compression.Importances;

namespace Retort.Stages;

/// <summary>What a recipe may write under <c>prune:</c>.</summary>
public sealed record PruneStageOptions : DerivingStageOptions
{
    /// <summary>Which channels matter.</summary>
    public ImportanceOptions By { get; init; } = new FilterNorm();
}
