namespace Retort.Stages;

/// <summary>What a recipe may write for any stage that makes a network of a trained one.</summary>
public abstract record DerivingStageOptions : StageOptions
{
    /// <summary>The role of the network that is left.</summary>
    public required string Role { get; init; }

    /// <summary>The stage that trained the network that it is made of, or a role with weights.</summary>
    public required string Model { get; init; }

    /// <summary>Whether to do it once, with the first seed, for all seeds: where the model was trained once.</summary>
    public bool Once { get; init; }
}
