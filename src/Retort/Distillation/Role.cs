using Retort.Models;
using Retort.Torch.Nn;

namespace Retort.Distillation;

/// <summary>A named model in a run: a teacher, a student, an EMA copy, a discriminator.</summary>
public sealed record Role
{
    private readonly Lazy<Module> _model;

    /// <summary>Names a network.</summary>
    /// <param name="name">What criteria and reports call it.</param>
    /// <param name="model">The network.</param>
    public Role(string name, Module model)
    {
        ArgumentNullException.ThrowIfNull(model);
        Name = name;
        _model = new Lazy<Module>(model);
    }

    /// <summary>Names a network that is loaded only where something asks for it: what answers for it may do without.</summary>
    /// <param name="name">What criteria and reports call it.</param>
    /// <param name="load">Gives the network; called at most once.</param>
    public Role(string name, Func<Module> load)
    {
        Name = name;
        _model = new Lazy<Module>(load);
    }

    /// <summary>What criteria and reports call it.</summary>
    public string Name { get; init; }

    /// <summary>The network; loaded now, where it was not before.</summary>
    public Module Model => _model.Value;

    /// <summary>Whether the network is there.</summary>
    public bool IsLoaded => _model.IsValueCreated;

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
