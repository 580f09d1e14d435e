using System.ComponentModel.DataAnnotations;

namespace Retort.Search;

/// <summary>What a recipe may write under <c>budget:</c> of <c>search</c>: how large a candidate may be.</summary>
[Noun("budget")]
public sealed record ArchitectureBudget
{
    /// <summary>Numbers in its parameters at most. The default is no limit.</summary>
    [Range(1, long.MaxValue)]
    public long? Parameters { get; init; }

    /// <summary>Multiply-accumulate operations for one sample at most. The default is no limit.</summary>
    [Range(1, long.MaxValue)]
    public long? Macs { get; init; }
}
