using System.Reflection;

namespace Retort.Models;

/// <summary>All models by name.</summary>
public static class ModelCatalog
{
    private static readonly Lazy<SortedDictionary<string, ModelEntry>> Found = new(() => Scan(typeof(ModelCatalog).Assembly));

    /// <summary>Every model that its name alone describes, by name in ordinal order.</summary>
    public static IReadOnlyCollection<ModelEntry> All { get; } = [.. Found.Value.Values.Where(m => !m.IsComposed)];

    /// <summary>The models that are made of others, by name in ordinal order.</summary>
    public static IReadOnlyCollection<ModelEntry> Composed { get; } = [.. Found.Value.Values.Where(m => m.IsComposed)];

    /// <summary>The model of that name, or null where there is none.</summary>
    public static ModelEntry? Find(string name) => Found.Value.GetValueOrDefault(name);

    /// <summary>The models that an assembly registers with <see cref="ModelAttribute"/>.</summary>
    /// <exception cref="InvalidOperationException">A name is taken twice, or a method is not of the wanted form.</exception>
    public static SortedDictionary<string, ModelEntry> Scan(Assembly assembly)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        var entries = new SortedDictionary<string, ModelEntry>(StringComparer.Ordinal);
        foreach (Type type in assembly.GetTypes())
        {
            foreach (MethodInfo method in type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.DeclaredOnly))
            {
                foreach (ModelAttribute model in method.GetCustomAttributes<ModelAttribute>())
                {
                    if (!entries.TryAdd(model.Name, Entry(model, method)))
                        throw new InvalidOperationException($"Two models are registered as '{model.Name}'.");
                }
            }
        }
        return entries;
    }

    private static ModelEntry Entry(ModelAttribute model, MethodInfo method) =>
        new(model.Name, OptionsOf(method, model.Name)) { IsComposed = model.IsComposed };

    private static ModelOptions OptionsOf(MethodInfo method, string name)
    {
        ParameterInfo[] parameters = method.GetParameters();
        bool fits = method.ReturnType.IsAssignableTo(typeof(ModelOptions)) && parameters.Length == 1
            && parameters[0].ParameterType == typeof(string);
        if (!fits)
            throw new InvalidOperationException(
                $"{method.DeclaringType?.Name}.{method.Name} registers '{name}': it must take a string and return options.");
        return (ModelOptions)method.Invoke(null, [name])!;
    }
}
