using Retort.Models;
using Retort.Torch.Nn;

namespace Retort.Distillation;

/// <summary>A named model in a run: a teacher, a student, an EMA copy, a discriminator.</summary>
/// <param name="Name">What criteria and reports call it.</param>
/// <param name="Model">The network.</param>
public sealed record Role(string Name, Module Model)
{
    /// <summary>The module after which the network is left off: its output is then the role's, and what comes later is not
    /// computed. Null for the whole network.</summary>
    public string? Until { get; init; }

    /// <summary>The module that a tap means; <see cref="TapPath.LastFeature"/> and <see cref="TapPath.LastStage"/> are whatever
    /// the model declares.</summary>
    /// <exception cref="ArgumentException">The model has no such module, or does not say where its last feature is.</exception>
    public Module ModuleAt(TapPath tap)
    {
        ArgumentNullException.ThrowIfNull(tap);
        string path = PathOf(tap)
            ?? throw new ArgumentException(
                $"role '{Name}' ({Model.GetType().Name}) does not say where its {tap} is; name a module.", nameof(tap));
        return Model.TryFind(path)
            ?? throw new ArgumentException($"role '{Name}' ({Model.GetType().Name}) has no module '{path}'.", nameof(tap));
    }

    /// <summary>The path of the module that a tap means, or null where the model does not declare its last feature or
    /// stage.</summary>
    public string? PathOf(TapPath tap)
    {
        ArgumentNullException.ThrowIfNull(tap);
        return tap.IsLastFeature ? (Model as IHasFeatures)?.LastFeature
            : tap.IsLastStage ? (Model as IHasFeatures)?.Stages[^1]
            : tap.Path;
    }
}
