using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Golden;

/// <summary>Lets a reference vector's weights stand in a module, so that the vector checks the module itself.</summary>
internal static class GoldenModules
{
    /// <summary>Puts the tensors whose names begin with a prefix in the place of a module's parameters until the result is
    /// disposed.</summary>
    /// <param name="vector">The reference vector.</param>
    /// <param name="module">The module; it takes the vector's element type.</param>
    /// <param name="prefix">What comes before the parameter's dotted name, such as <c>param:transfer.</c>.</param>
    /// <param name="rename">Turns the rest of a name into the module's own, or null.</param>
    public static IDisposable Bind(
        this GoldenInputs vector, Module module, string prefix = "param:", Func<string, string>? rename = null)
    {
        var values = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (string name in vector.Names.Where(n => n.StartsWith(prefix, StringComparison.Ordinal)))
            values[rename is null ? name[prefix.Length..] : rename(name[prefix.Length..])] = vector[name];
        if (values.Count == 0)
            throw new GoldenException($"there is no tensor whose name begins with '{prefix}'");
        module.To(dtype: values.Values.First().DType);
        return module.WithParameters(values);
    }

    /// <summary>The tensors <c>NAME_0</c>, <c>NAME_1</c> and so on, as many as there are.</summary>
    public static Tensor[] Series(this GoldenInputs vector, string name)
    {
        var found = new List<Tensor>();
        while (vector.Find($"{name}_{found.Count}") is { } next)
            found.Add(next);
        return found.Count > 0 ? [.. found] : throw new GoldenException($"there is no tensor '{name}_0'");
    }
}
