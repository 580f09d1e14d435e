using System.ComponentModel.DataAnnotations;
using Retort.Generation;

namespace Retort.Stages;

/// <summary>What a recipe may write under <c>speculate:</c>.</summary>
public sealed record SpeculateStageOptions : StageOptions
{
    /// <summary>The model whose text is written: a train stage, or a role with weights.</summary>
    public required string Target { get; init; }

    /// <summary>Models that guess for it, one after the other on the same prompts; results have these names.</summary>
    [MinLength(1)]
    public required IReadOnlyList<string> Drafts { get; init; }

    /// <summary>How a draft guesses, and how both choose tokens.</summary>
    [Inline]
    public SpeculationOptions Speculation { get; init; } = new();

    /// <summary>Texts that each draft helps to write, as long as the data's samples.</summary>
    [Range(1, int.MaxValue)]
    public int Samples { get; init; } = 40;

    /// <summary>Tokens that each text takes over from the beginning of a sample of the split.</summary>
    [Range(1, 1 << 20)]
    public int Prompt { get; init; } = 16;

    /// <summary>The split that prompts are from.</summary>
    public string Split { get; init; } = "test";
}
