using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Retort.Torch.Nn;

/// <summary>Holds modules by name that their owner calls itself.</summary>
public sealed class ModuleDict : Module, IReadOnlyDictionary<string, Module>
{
    /// <summary>A dictionary of these modules, in this order.</summary>
    public ModuleDict(params IEnumerable<KeyValuePair<string, Module>> modules)
    {
        ArgumentNullException.ThrowIfNull(modules);
        foreach ((string name, Module module) in modules)
            Add(name, module);
    }

    /// <inheritdoc/>
    public int Count => Children.Count;

    /// <inheritdoc/>
    public IEnumerable<string> Keys => Children.Select(child => child.Key);

    /// <inheritdoc/>
    public IEnumerable<Module> Values => Children.Select(child => child.Value);

    /// <inheritdoc/>
    public Module this[string key] =>
        TryGetValue(key, out Module? module) ? module : throw new KeyNotFoundException($"There is no module '{key}'.");

    /// <summary>Adds a module under a name that is not taken yet.</summary>
    public void Add(string name, Module module) => Child(name, module);

    /// <inheritdoc/>
    public bool ContainsKey(string key) => TryGetValue(key, out _);

    /// <inheritdoc/>
    public bool TryGetValue(string key, [MaybeNullWhen(false)] out Module value)
    {
        value = Children.FirstOrDefault(child => child.Key == key).Value;
        return value is not null;
    }

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, Module>> GetEnumerator() => Children.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input) =>
        throw new InvalidOperationException("A ModuleDict only holds modules; call its elements.");

    /// <inheritdoc/>
    protected override void OnChildReplaced(string name, Module before, Module after)
    {
        // Elements are read from the children, so there is no field to renew.
    }
}
