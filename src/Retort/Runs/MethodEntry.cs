using System.Globalization;
using System.Reflection;
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

    /// <summary>The shipped recipe that shows it, below <c>recipes/</c>; null where there is none of its own.</summary>
    public string? Recipe { get; init; }

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
            .Select(c => Of(c.Type, (MethodAttribute)c.Attribute!, c.OptionsType))
            .Concat(registry.Described.Select(t => Of(t, t.GetCustomAttribute<MethodAttribute>(inherit: false)!, null)))
            .OrderBy(entry => entry.Slug, StringComparer.Ordinal);
    }

    private static MethodEntry Of(Type type, MethodAttribute method, Type? options)
    {
        IReadOnlyList<DocParagraph> paragraphs = XmlDocs.Remarks(type);
        return new MethodEntry
        {
            Slug = method.Slug,
            Title = method.Title,
            Family = method.Family,
            Year = method.Year,
            Paper = method.Paper,
            Summary = XmlDocs.Summary(type) ?? string.Empty,
            Remarks = [.. paragraphs.Select(p => string.IsNullOrEmpty(p.Title) ? p.Text : $"{p.Title}. {p.Text}")],
            Needs = paragraphs.FirstOrDefault(p => p.Title == "Needs")?.Text ?? string.Empty,
            Options = options is null ? [] : [.. OptionsOf(options)],
            Recipe = method.Recipe,
            HasGolden = GoldenChecker.Slugs.Contains(method.Slug),
            HasAtlas = AtlasCatalog.Find()?.Slugs.Contains(method.Slug) ?? false,
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
