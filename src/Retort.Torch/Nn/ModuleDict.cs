using System.Diagnostics.CodeAnalysis;

namespace Retort.Torch.Nn;

/// <summary>Holds modules by name that their owner calls itself; <see cref="Module.Children"/> lists them.</summary>
public sealed class ModuleDict : Module
{
    /// <summary>A dictionary of these modules, in this order.</summary>
    public ModuleDict(params IEnumerable<KeyValuePair<string, Module>> modules)
    {
        ArgumentNullException.ThrowIfNull(modules);
        foreach ((string name, Module module) in modules)
            Add(name, module);
    }

    /// <summary>The module of that name.</summary>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public Module this[string name] =>
        TryGet(name, out Module? module) ? module : throw new KeyNotFoundException($"There is no module '{name}'.");

    /// <summary>Adds a module under a name that is not taken yet.</summary>
    public void Add(string name, Module module) => Child(name, module);

    /// <summary>Finds the module of that name.</summary>
    public bool TryGet(string name, [NotNullWhen(true)] out Module? module)
    {
        module = Children.FirstOrDefault(child => child.Key == name).Value;
        return module is not null;
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input) =>
        throw new InvalidOperationException("A ModuleDict only holds modules; call its elements.");

    /// <inheritdoc/>
    protected override void OnChildReplaced(string name, Module before, Module after)
    {
        // Elements are read from the children, so there is no field to renew.
    }
}
