using Retort.Models;

namespace Retort.Recipes;

/// <summary>What a recipe may write for a role: a named model.</summary>
[Noun("role")]
public sealed record RoleOptions
{
    /// <summary>The network.</summary>
    [Inline]
    public required ModelOptions Model { get; init; }

    /// <summary>Weights to begin with: a safetensors file under PyTorch's names. The default is fresh weights from the
    /// seed.</summary>
    [MustExist]
    public FilePath? Weights { get; init; }

    /// <summary>Path of the module after which the network is left off when it serves as a teacher: what comes later is not
    /// computed, and its output is that module's. The default is the whole network.</summary>
    public string? Until { get; init; }

    /// <summary>A search stage that chooses the architecture: what it finds takes the place of what <c>model</c> and its options
    /// say here, for every stage after it. The default is the model as it is.</summary>
    public string? Search { get; init; }

    /// <summary>Whether the network serves as it is: it has weights of its own, or needs none.</summary>
    internal bool IsReady => Weights is not null || !Model.HasWeights;
}
