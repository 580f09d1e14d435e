namespace Retort.Runs.Explain;

/// <summary>A role's network: what it is, what it costs, and where it can be tapped.</summary>
public sealed record RoleExplanation
{
    /// <summary>The role's name.</summary>
    public required string Name { get; init; }

    /// <summary>The architecture's name in the catalogue.</summary>
    public required string Model { get; init; }

    /// <summary>The weights file that it begins with, or null.</summary>
    public required string? Weights { get; init; }

    /// <summary>Numbers in its parameters.</summary>
    public required long Parameters { get; init; }

    /// <summary>Bytes of parameters and buffers.</summary>
    public required long Bytes { get; init; }

    /// <summary>Multiply-accumulate operations of one sample's forward pass.</summary>
    public required long Macs { get; init; }

    /// <summary>Sizes of the output for one sample, without the batch: [K] for a classifier.</summary>
    public required IReadOnlyList<long> Output { get; init; }

    /// <summary>The module that <c>last-feature</c> means, or null where the model does not say.</summary>
    public required string? LastFeature { get; init; }

    /// <summary>The module that <c>last-stage</c> means, or null where the model does not say.</summary>
    public required string? LastStage { get; init; }

    /// <summary>Paths of all its modules, which taps may name.</summary>
    public required IReadOnlyList<string> Modules { get; init; }
}
