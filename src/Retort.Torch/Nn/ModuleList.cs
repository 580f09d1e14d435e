using System.Collections;
using System.Globalization;

namespace Retort.Torch.Nn;

/// <summary>Holds modules named 0, 1, 2, … that their owner calls itself.</summary>
public sealed class ModuleList : Module, IReadOnlyList<Module>
{
    /// <summary>A list of these modules.</summary>
    public ModuleList(params IEnumerable<Module> modules)
    {
        ArgumentNullException.ThrowIfNull(modules);
        foreach (Module module in modules)
            Add(module);
    }

    /// <inheritdoc/>
    public int Count => Children.Count;

    /// <inheritdoc/>
    public Module this[int index] => Children[index].Value;

    /// <summary>Appends a module named by its place.</summary>
    public void Add(Module module) => Child(Count.ToString(CultureInfo.InvariantCulture), module);

    /// <inheritdoc/>
    public IEnumerator<Module> GetEnumerator() => Children.Select(child => child.Value).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input) =>
        throw new InvalidOperationException("A ModuleList only holds modules; call its elements.");

    /// <inheritdoc/>
    protected override void OnChildReplaced(string name, Module before, Module after)
    {
        // Elements are read from the children, so there is no field to renew.
    }
}
