using System.ComponentModel.DataAnnotations;
using Retort.Search;
using Retort.Search.Strategies;

namespace Retort.Stages;

/// <summary>What a recipe may write under <c>search:</c>.</summary>
public sealed record SearchStageOptions : StageOptions
{
    /// <summary>The role whose model is varied; what the space leaves out is as the role has it. A role with
    /// <c>search: NAME</c> gets the architecture that the stage of that name chooses, this one or another of the same
    /// model.</summary>
    public required string Role { get; init; }

    /// <summary>Options of the model with the values that each may have; <c>depths.0</c> is the first item of a list.</summary>
    [MinLength(1)]
    public required IReadOnlyDictionary<string, IReadOnlyList<string>> Space { get; init; }

    /// <summary>How good an architecture looks before it is trained. The highest score is chosen, of equal ones the
    /// first.</summary>
    public required ArchitectureScoreOptions Score { get; init; }

    /// <summary>Further scores that every candidate gets, and that decide nothing.</summary>
    public IReadOnlyList<ArchitectureScoreOptions> Controls { get; init; } = [];

    /// <summary>Which architectures are scored.</summary>
    public SearchStrategyOptions Strategy { get; init; } = new EnumerateStrategy();

    /// <summary>How large a candidate may be.</summary>
    public ArchitectureBudget Budget { get; init; } = new();

    /// <summary>Samples in the batch that scores see. The default is the data's.</summary>
    [Range(1, 1 << 20)]
    public int? BatchSize { get; init; }

    /// <summary>Training of candidates, to see what the scores are worth. The default is none.</summary>
    public VerificationOptions? Verify { get; init; }

    /// <summary>Whether the first seed's choice serves all seeds.</summary>
    public bool Once { get; init; }
}
