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

    /// <summary>Builds a catalogue of Retort's components and those of further assemblies.</summary>
    public static ComponentRegistry Create(params ReadOnlySpan<Assembly> plugins)
    {
        // The lower layers know nothing of recipes; here is where their catalogues become choices of the language.
        ComponentRegistry.DeclareKind(typeof(ModelOptions), new KindAttribute("model") { Tag = "model", Command = "retort models {0}" });
        ComponentRegistry.DeclareKind(typeof(DatasetOptions), new KindAttribute("dataset") { Tag = "dataset" });
        ComponentRegistry.DeclareKind(typeof(TransformOptions), new KindAttribute("transform"));
        ComponentRegistry registry = ComponentRegistry.Scan([typeof(RetortCatalog).Assembly, .. plugins]);
        foreach (ModelEntry model in ModelCatalog.All.Concat(ModelCatalog.Composed))
        {
            Type options = model.Defaults.GetType();
            registry.Add(new Component(model.Name, options, options, o => ((ModelOptions)o).Build()) { Prototype = model.Defaults });
        }

        foreach (Type type in typeof(Dataset).Assembly.GetTypes())
        {
            if (type.GetCustomAttribute<DatasetAttribute>(inherit: false) is { } dataset)
                registry.Add(new Component(dataset.Name, type, type, o => o));
            if (type.GetCustomAttribute<TransformAttribute>(inherit: false) is { } transform)
                registry.Add(new Component(transform.Name, type, type, o => o));
        }

        return registry;
    }
}
