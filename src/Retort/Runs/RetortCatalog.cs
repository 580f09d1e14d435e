using System.Reflection;
using Retort.Data;
using Retort.Models;

namespace Retort.Runs;

/// <summary>Everything that a recipe can name: what Retort brings, from all layers.</summary>
public static class RetortCatalog
{
    private static readonly Lazy<ComponentRegistry> Shared = new(() => Create());

    /// <summary>Retort's own catalogue, made at the first use.</summary>
    public static ComponentRegistry Default => Shared.Value;

    /// <summary>Builds a catalogue of Retort's components and those of further assemblies: what carries
    /// <see cref="NamedAttribute"/>, <see cref="ModelAttribute"/>, <see cref="DatasetAttribute"/> or
    /// <see cref="TransformAttribute"/>.</summary>
    /// <exception cref="InvalidOperationException">A type lacks options, or two things of one kind have one name.</exception>
    public static ComponentRegistry Create(params ReadOnlySpan<Assembly> plugins)
    {
        // The lower layers know nothing of recipes; here is where their catalogues become choices of the language.
        var model = new KindAttribute("model") { Tag = "model", Command = "retort models {0}" };
        ComponentRegistry.DeclareKind(typeof(ModelOptions), model);
        ComponentRegistry.DeclareKind(typeof(DatasetOptions), new KindAttribute("dataset") { Tag = "dataset" });
        ComponentRegistry.DeclareKind(typeof(TransformOptions), new KindAttribute("transform"));
        ComponentRegistry registry = ComponentRegistry.Scan([typeof(RetortCatalog).Assembly, .. plugins]);
        AddModels(registry, ModelCatalog.All.Concat(ModelCatalog.Composed));
        AddData(registry, typeof(Dataset).Assembly);
        foreach (Assembly plugin in plugins)
        {
            AddModels(registry, ModelCatalog.Scan(plugin).Values);
            AddData(registry, plugin);
        }

        return registry;
    }

    private static void AddModels(ComponentRegistry registry, IEnumerable<ModelEntry> models)
    {
        foreach (ModelEntry entry in models)
        {
            Type options = entry.Defaults.GetType();
            registry.Add(
                new Component(entry.Name, options, options, o => ((ModelOptions)o).Build()) { Prototype = entry.Defaults });
        }
    }

    private static void AddData(ComponentRegistry registry, Assembly assembly)
    {
        foreach (Type type in assembly.GetTypes())
        {
            if (type.GetCustomAttribute<DatasetAttribute>(inherit: false) is { } dataset)
                registry.Add(new Component(dataset.Name, type, type, o => o));
            if (type.GetCustomAttribute<TransformAttribute>(inherit: false) is { } transform)
                registry.Add(new Component(transform.Name, type, type, o => o));
        }
    }
}
