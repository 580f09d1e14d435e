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
}
