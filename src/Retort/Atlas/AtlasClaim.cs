using System.ComponentModel.DataAnnotations;

namespace Retort.Atlas;

/// <summary>What <c>claim.yaml</c> says: which figure must beat which, in words and as inequalities.</summary>
public sealed record AtlasClaim
{
    /// <summary>The version of the format that this Retort reads.</summary>
    public const int CurrentVersion = 1;

    /// <summary>The version of the format: 1.</summary>
    [RecipeKey("atlas")]
    [AllowedValues(CurrentVersion)]
    public required int Version { get; init; }

    /// <summary>The method that the claim is about. The default is the entry's folder.</summary>
    public string? Method { get; init; }

    /// <summary>What the table calls the entry. The default is the method's title.</summary>
    [MinLength(1)]
    public string? Title { get; init; }

    /// <summary>The claim in one sentence.</summary>
    [MinLength(1)]
    [MaxLength(600)]
    public required string Claim { get; init; }

    /// <summary>How weights and other settings were chosen, and for the baseline with what effort.</summary>
    [MinLength(1)]
    public required string Settings { get; init; }

    /// <summary>What was found or tried beyond the claim: how a claim that does not hold was looked into.</summary>
    public string? Remarks { get; init; }

    /// <summary>The claim holds where all of these do. The first gives the table its figures.</summary>
    [MinLength(1)]
    [MaxLength(50)]
    public required IReadOnlyList<AtlasInequality> Inequalities { get; init; }

    /// <summary>Searches on validation data by which settings of the recipe were chosen.</summary>
    [MaxLength(20)]
    public IReadOnlyList<AtlasSearch> Searches { get; init; } = [];
}
