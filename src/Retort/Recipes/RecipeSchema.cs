using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Retort.Recipes;

/// <summary>Writes the JSON Schema of recipes, so that editors complete and check them while they are written.</summary>
public sealed class RecipeSchema
{
    private static readonly JsonSerializerOptions Format = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly ComponentRegistry _registry;
    private readonly SortedDictionary<string, JsonNode> _definitions = new(StringComparer.Ordinal);
    private readonly Dictionary<(Type Type, Component? Component, bool Partial), string> _names = [];

    private RecipeSchema(ComponentRegistry registry) => _registry = registry;

    /// <summary>Generates the schema of <see cref="Recipe"/> in JSON Schema draft 2020-12.</summary>
    /// <param name="registry">What recipes can name.</param>
    /// <returns>JSON text with descriptions from the documentation comments, ranges, allowed values and defaults.</returns>
    public static string Generate(ComponentRegistry registry) => Generate<Recipe>(registry);

    /// <summary>Generates the schema of a record in JSON Schema draft 2020-12.</summary>
    /// <typeparam name="T">The record of the whole recipe.</typeparam>
    /// <param name="registry">What recipes can name.</param>
    public static string Generate<T>(ComponentRegistry registry)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(registry);
        return new RecipeSchema(registry).Document(typeof(T)).ToJsonString(Format) + "\n";
    }

    private JsonObject Document(Type type)
    {
        var root = new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["title"] = "Retort recipe",
        };
        foreach ((string key, JsonNode? value) in Record(type, null, partial: false))
            root[key] = value?.DeepClone();
        TypeModel model = TypeModel.Of(type);
        var properties = (JsonObject)root["properties"]!;
        if (model.Reserved.Contains("include"))
            properties["include"] = new JsonObject
            {
                ["description"] = "Recipes to lie below this one; what this one says wins.",
                ["anyOf"] = new JsonArray(Typed("string"), new JsonObject { ["type"] = "array", ["items"] = Typed("string") }),
            };
        if (model.Reserved.Contains("include") && properties["stages"]?["items"] is { } stage)
        {
            properties["stages"]!["items"] = new JsonObject
            {
                ["anyOf"] = new JsonArray(stage.DeepClone(), new JsonObject { ["const"] = RecipeDocument.IncludedStages }),
            };
        }

        if (model.Reserved.Contains("defaults") && model.Properties.FirstOrDefault(p => p.Key == "stages") is { } stages)
            properties["defaults"] = Defaults(TypeModel.ElementOf(stages.Type)!);
        // An included file may give what this one lacks.
        if (root["required"] is JsonArray required && model.Reserved.Contains("include"))
        {
            root.Remove("required");
            root["anyOf"] = new JsonArray(new JsonObject { ["required"] = required.DeepClone() }, Required("include"));
        }
        var definitions = new JsonObject();
        foreach ((string name, JsonNode definition) in _definitions)
            definitions[name] = definition;
        root["$defs"] = definitions;
        return root;
    }

    private JsonObject Defaults(Type stage)
    {
        var kinds = new JsonObject();
        foreach (Component component in _registry.Of(stage))
            kinds[component.Slug] = Reference(component.OptionsType, component, partial: true);
        return new JsonObject
        {
            ["description"] = "What stages of a kind have unless they say otherwise.",
            ["type"] = "object",
            ["properties"] = kinds,
            ["additionalProperties"] = false,
        };
    }

    private JsonObject Value(Type type, PropertyModel? property)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (TypeModel.ElementOf(type) is { } element && type != typeof(Seeds))
            return Sized(new JsonObject { ["type"] = "array", ["items"] = Value(element, property) }, property, "Items");
        if (TypeModel.ValueOf(type) is { } item)
            return new JsonObject { ["type"] = "object", ["additionalProperties"] = Value(item, property) };
        if (ScalarSchema.TryMake(type, property, out JsonObject? scalar))
            return scalar;
        return Reference(type, null, partial: false);
    }

    private JsonObject Reference(Type type, Component? component, bool partial)
    {
        if (!_names.TryGetValue((type, component, partial), out string? name))
        {
            name = component is null ? type.Name : $"{ComponentRegistry.KindOf(type)?.Noun ?? "component"}.{component.Slug}";
            if (partial)
                name += ".defaults";
            for (int again = 2; _definitions.ContainsKey(name); again++)
                name = $"{name}-{again}";
            _names.Add((type, component, partial), name);
            // Taken before it is filled, because a schedule may hold a schedule.
            _definitions[name] = new JsonObject();
            _definitions[name] = type.IsAbstract ? Choice(type) : Record(type, component, partial);
        }
        return new JsonObject { ["$ref"] = "#/$defs/" + Uri.EscapeDataString(name) };
    }

    private JsonObject Choice(Type type)
    {
        KindAttribute kind = ComponentRegistry.KindOf(type)
            ?? throw new InvalidOperationException($"{type.FullName} is abstract and needs a {nameof(KindAttribute)}.");
        var alternatives = new JsonArray();
        if (kind.Tag is not null)
        {
            foreach (Component component in _registry.Of(type))
                alternatives.Add(Reference(component.OptionsType, component, partial: false));
            alternatives.Add(Bare(type, kind));
            return Described(new JsonObject { ["oneOf"] = alternatives }, XmlDocs.Summary(type));
        }
        if (kind.Number is not null)
            alternatives.Add(ScalarSchema.OrVariable("number"));
        alternatives.Add(Bare(type, kind));
        foreach (Component component in _registry.Of(type))
        {
            var options = new JsonArray(Reference(component.OptionsType, component, partial: false));
            TypeModel model = TypeModel.Of(component.OptionsType);
            if (model.Properties.All(property => !property.Required))
                options.Add(Typed("null"));
            if (model.Shorthand is { } shorthand)
                options.Add(Value(shorthand.Type, shorthand));
            JsonNode inner = options.Count == 1 ? options[0]!.DeepClone() : new JsonObject { ["anyOf"] = options };
            var alternative = new JsonObject
            {
                ["type"] = "object",
                ["properties"] = new JsonObject { [component.Slug] = inner },
                ["additionalProperties"] = false,
                ["minProperties"] = 1,
                ["maxProperties"] = 1,
            };
            // `random_crop` is read as `random-crop`; completion offers the slug.
            if (component.Slug.Contains('-', StringComparison.Ordinal))
                alternative["patternProperties"] = new JsonObject { [$"^{EitherHyphen(component.Slug)}$"] = inner.DeepClone() };
            alternatives.Add(alternative);
        }
        return Described(new JsonObject { ["oneOf"] = alternatives }, XmlDocs.Summary(type));
    }

    // A slug alone, for whatever needs no options.
    private JsonObject Bare(Type type, KindAttribute kind)
    {
        string[] slugs = [.. _registry.Of(type)
            .Where(known => known.Slug != kind.Number && TypeModel.Of(known.OptionsType).Properties.All(p => !p.Required))
            .Select(known => known.Slug)];
        if (slugs.Length == 0)
            return new JsonObject { ["not"] = new JsonObject() };
        var exact = new JsonObject { ["enum"] = new JsonArray([.. slugs.Select(slug => JsonValue.Create(slug))]) };
        var pattern = new JsonObject { ["pattern"] = $"^({string.Join('|', slugs.Select(EitherHyphen))})$" };
        return new JsonObject { ["type"] = "string", ["anyOf"] = new JsonArray(exact, pattern) };
    }

    private static string EitherHyphen(string slug) => slug.Replace("-", "[-_]", StringComparison.Ordinal);

    private JsonObject Record(Type type, Component? component, bool partial)
    {
        var properties = new JsonObject();
        var required = new JsonArray();
        var schema = new JsonObject { ["type"] = "object", ["properties"] = properties };
        KindAttribute? kind = component is null ? null : ComponentRegistry.KindOf(type);
        if (kind?.Tag is { } tag)
        {
            properties[tag] = new JsonObject { ["const"] = component!.Slug };
            required.Add(tag);
        }
        var branches = new JsonArray();
        AddProperties(type, component, properties, required, branches, partial);
        if (required.Count > 0)
            schema["required"] = required;
        // Inlined choices bring keys of their own, which only `unevaluatedProperties` can see.
        schema[branches.Count > 0 ? "unevaluatedProperties" : "additionalProperties"] = false;
        if (branches.Count > 0)
            schema["allOf"] = branches;
        return Described(schema, XmlDocs.Summary(component?.Type ?? type) ?? XmlDocs.Summary(type));
    }

    private void AddProperties(
        Type type, Component? component, JsonObject properties, JsonArray required, JsonArray branches, bool partial)
    {
        TypeModel model = TypeModel.Of(type);
        foreach (PropertyModel property in model.Properties)
        {
            if (property.Inline && property.Type.IsAbstract)
            {
                branches.Add(InlinedChoice(property));
                continue;
            }
            if (property.Inline)
            {
                AddProperties(property.Type, null, properties, required, branches, partial);
                continue;
            }
            JsonObject value = Value(property.Type, property);
            if (property.Nullable)
                value = new JsonObject { ["anyOf"] = new JsonArray(value, Typed("null")) };
            Described(value, XmlDocs.Summary(property.Info));
            object? start = component?.Prototype is { } prototype && prototype.GetType() == type
                ? property.Info.GetValue(prototype) : model.DefaultOf(property);
            if (!property.Required && ScalarSchema.Default(start) is { } initial)
                value["default"] = initial;
            properties[property.Key] = value;
            if (property.Required && !partial)
                required.Add(property.Key);
        }
    }

    private JsonObject InlinedChoice(PropertyModel property)
    {
        var alternatives = new JsonArray();
        KindAttribute kind = ComponentRegistry.KindOf(property.Type)!;
        foreach (Component component in _registry.Of(property.Type))
        {
            JsonObject record = Record(component.OptionsType, component, partial: false);
            // The owner has keys too; it closes the object.
            record.Remove("additionalProperties");
            record.Remove("unevaluatedProperties");
            alternatives.Add(record);
        }
        if (!property.Required)
            alternatives.Add(new JsonObject { ["not"] = Required(kind.Tag!) });
        return new JsonObject { ["oneOf"] = alternatives };
    }

    private static JsonObject Sized(JsonObject schema, PropertyModel? property, string what)
    {
        if (property?.MinLength is { } least)
            schema["min" + what] = least;
        if (property?.MaxLength is { } most)
            schema["max" + what] = most;
        return schema;
    }

    private static JsonObject Typed(string type) => new() { ["type"] = type };

    private static JsonObject Required(string key) => new() { ["required"] = new JsonArray(key) };

    private static JsonObject Described(JsonObject schema, string? text)
    {
        if (text is not null)
            schema["description"] = text;
        return schema;
    }
}
