using System.Globalization;

namespace Retort.Torch.Nn;

/// <summary>Holds modules named 0, 1, 2, … that their owner calls itself.</summary>
public sealed class ModuleList : Module
{
    /// <summary>A list of these modules.</summary>
    public ModuleList(params IEnumerable<Module> modules)
    {
        ArgumentNullException.ThrowIfNull(modules);
        foreach (Module module in modules)
            Add(module);
    }

    /// <summary>How many modules there are.</summary>
    public int Count => Children.Count;

    /// <summary>The module at that place.</summary>
    public Module this[int index] => Children[index].Value;

    /// <summary>Appends a module named by its place.</summary>
    public void Add(Module module) => Child(Count.ToString(CultureInfo.InvariantCulture), module);

    /// <summary>Goes through the modules in order.</summary>
    public IEnumerator<Module> GetEnumerator() => Children.Select(child => child.Value).GetEnumerator();

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input) =>
        throw new InvalidOperationException("A ModuleList only holds modules; call its elements.");

    /// <inheritdoc/>
    protected override void OnChildReplaced(string name, Module before, Module after)
    {
        // Elements are read from the children, so there is no field to renew.
    }
}
