using System.Globalization;
using Retort.Atlas;
using Retort.Golden;

namespace Retort.Runs;

/// <summary>A published method of the catalogue with its documentation.</summary>
public sealed record MethodEntry
{
    /// <summary>The name in recipes.</summary>
    public required string Slug { get; init; }

    /// <summary>The method's name as people say it.</summary>
    public required string Title { get; init; }

    /// <summary>What it transfers.</summary>
    public required MethodFamily Family { get; init; }

    /// <summary>The year of its first publication.</summary>
    public required int Year { get; init; }

    /// <summary>Where it is published.</summary>
    public required string Paper { get; init; }

    /// <summary>Its first sentence.</summary>
    public required string Summary { get; init; }

    /// <summary>Paper, equation, needs, variants: a paragraph each.</summary>
    public required IReadOnlyList<string> Remarks { get; init; }

    /// <summary>What it needs, in a sentence.</summary>
    public required string Needs { get; init; }

    /// <summary>Its options, in the order of their declaration.</summary>
    public required IReadOnlyList<MethodOption> Options { get; init; }

    /// <summary>Whether reference vectors can be checked.</summary>
    public required bool HasGolden { get; init; }

    /// <summary>Whether the atlas has its measured claim.</summary>
    public required bool HasAtlas { get; init; }

    /// <summary>Every method, by slug.</summary>
    public static IEnumerable<MethodEntry> All(ComponentRegistry registry)
    {
        ArgumentNullException.ThrowIfNull(registry);
        return registry.Components
            .Where(c => c.Attribute is MethodAttribute)
            .OrderBy(c => c.Slug, StringComparer.Ordinal)
            .Select(c => Of(c, (MethodAttribute)c.Attribute!));
    }

    private static MethodEntry Of(Component component, MethodAttribute method)
    {
        IReadOnlyList<DocParagraph> paragraphs = XmlDocs.Remarks(component.Type);
        return new MethodEntry
        {
            Slug = component.Slug,
            Title = method.Title,
            Family = method.Family,
            Year = method.Year,
            Paper = method.Paper,
            Summary = XmlDocs.Summary(component.Type) ?? string.Empty,
            Remarks = [.. paragraphs.Select(p => string.IsNullOrEmpty(p.Title) ? p.Text : $"{p.Title}. {p.Text}")],
            Needs = paragraphs.FirstOrDefault(p => p.Title == "Needs")?.Text ?? string.Empty,
            Options = [.. OptionsOf(component.OptionsType)],
            HasGolden = GoldenChecker.Slugs.Contains(component.Slug),
            HasAtlas = AtlasCatalog.Find()?.Slugs.Contains(component.Slug) ?? false,
        };
    }

    private static IEnumerable<MethodOption> OptionsOf(Type options)
    {
        TypeModel model = TypeModel.Of(options);
        foreach (PropertyModel property in model.Properties)
        {
            string text = XmlDocs.Summary(property.Info) ?? string.Empty;
            yield return new MethodOption(property.Key, DefaultText(model.DefaultOf(property)), Allowed(property), text);
        }
    }

    private static string DefaultText(object? value) => value switch
    {
        Schedule { Bounds: var (least, greatest) } when least == greatest => least.ToString("R", CultureInfo.InvariantCulture),
        null => "none",
        string or Enum or TapPath => Expect.Text(value),
        System.Collections.IEnumerable list => $"[{string.Join(", ", list.Cast<object>())}]",
        _ => Expect.Text(value),
    };

    private static string Allowed(PropertyModel property)
    {
        if (TypeModel.ElementOf(property.Type) == typeof(TapPath))
            return "paths of modules";
        if (property.Type == typeof(TapPath))
            return "path of a module";
        if (property.Type == typeof(Schedule))
            return $"a number{Expect.Limits(property.Range)}, or a schedule{(property.AllowAuto ? ", or `auto`" : string.Empty)}";
        return property.Type.IsAbstract ? "see `retort schema`" : Expect.Value(property.Type, property, RetortCatalog.Default);
    }
}
