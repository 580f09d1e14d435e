using System.Globalization;

namespace Retort.Torch.Nn;

/// <summary>Runs its children one after another; their names are 0, 1, 2, … unless given.</summary>
/// <remarks>A network that is one chain derives from it and adds its parts under the names of its checkpoints.</remarks>
public class Sequential : Module
{
    /// <summary>A chain whose children are named by their place.</summary>
    public Sequential(params IEnumerable<Module> modules)
    {
        ArgumentNullException.ThrowIfNull(modules);
        foreach (Module module in modules)
            Add(module);
    }

    /// <summary>A chain whose children have names of their own.</summary>
    public Sequential(IEnumerable<(string Name, Module Module)> modules)
    {
        ArgumentNullException.ThrowIfNull(modules);
        foreach ((string name, Module module) in modules)
            Add(name, module);
    }

    /// <summary>How many modules there are.</summary>
    public int Count => Children.Count;

    /// <summary>The module at that place.</summary>
    public Module this[int index] => Children[index].Value;

    /// <summary>Appends a module named by its place.</summary>
    public void Add(Module module) => Add(Count.ToString(CultureInfo.InvariantCulture), module);

    /// <summary>Appends a module under a name.</summary>
    public void Add(string name, Module module) => Child(name, module);

    // No IEnumerable<Module>: a chain given to another chain would be taken for a list of its parts.
    /// <summary>Goes through the modules in order.</summary>
    public IEnumerator<Module> GetEnumerator() => Children.Select(child => child.Value).GetEnumerator();

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input)
    {
        Tensor x = input;
        for (int i = 0; i < Children.Count; i++)
            x = Children[i].Value.Call(x);
        return x;
    }

    /// <inheritdoc/>
    protected override void OnChildReplaced(string name, Module before, Module after)
    {
        // The children themselves are what runs, so there is no field to renew.
    }
}
