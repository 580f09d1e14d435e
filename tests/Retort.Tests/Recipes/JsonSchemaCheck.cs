using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Retort.Recipes;

namespace Retort.Tests.Recipes;

// As much of JSON Schema draft 2020-12 as the generator uses, in the slow and obvious way.
internal sealed class JsonSchemaCheck(JsonObject root)
{
    private static readonly HashSet<string> Known =
    [
        "$schema", "$defs", "$ref", "title", "description", "default", "type", "properties", "patternProperties", "additionalProperties", "unevaluatedProperties",
        "required", "items", "minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties", "pattern", "enum", "const", "minimum",
        "maximum", "exclusiveMinimum", "exclusiveMaximum", "anyOf", "oneOf", "allOf", "not",
    ];

    public static JsonSchemaCheck Of(string schema) => new(JsonNode.Parse(schema)!.AsObject());

    public bool Conforms(RecipeNode recipe) => Check(root, ToJson(recipe), []);

    private static JsonNode? ToJson(RecipeNode node) => node switch
    {
        RecipeMapping mapping => new JsonObject(mapping.Entries.Select(entry => KeyValuePair.Create(entry.Key, ToJson(entry.Value)))),
        RecipeSequence list => new JsonArray([.. list.Items.Select(ToJson)]),
        RecipeScalar { IsNull: true } => null,
        RecipeScalar { Plain: true } scalar when YamlText.TryDouble(scalar.Text, out double number) => JsonNode.Parse(JsonSerializer.Serialize(number)),
        RecipeScalar { Plain: true } scalar when YamlText.IsBoolean(scalar.Text) => JsonValue.Create(scalar.Text.StartsWith('t')),
        RecipeScalar scalar => JsonValue.Create(scalar.Text),
        _ => throw new ArgumentException(node.Kind),
    };

    private bool Check(JsonNode schema, JsonNode? value, HashSet<string> evaluated)
    {
        if (schema is JsonValue constant)
            return constant.GetValue<bool>();
        JsonObject rules = schema.AsObject();
        Assert.All(rules, rule => Assert.Contains(rule.Key, Known));
        bool valid = true;
        if (rules["$ref"] is { } reference)
            valid &= Check(root["$defs"]![Uri.UnescapeDataString(reference.GetValue<string>()["#/$defs/".Length..])]!, value, evaluated);
        if (rules["type"] is { } type)
            valid &= type is JsonArray several ? several.Any(one => IsOf(one!.GetValue<string>(), value)) : IsOf(type.GetValue<string>(), value);
        if (rules["const"] is { } only)
            valid &= JsonNode.DeepEquals(only, value);
        if (rules["enum"] is JsonArray allowed)
            valid &= allowed.Any(item => JsonNode.DeepEquals(item, value));
        if (rules["anyOf"] is JsonArray any)
            valid &= Count(any, value, evaluated) > 0;
        if (rules["oneOf"] is JsonArray one)
            valid &= Count(one, value, evaluated) == 1;
        if (rules["allOf"] is JsonArray all)
            valid &= Count(all, value, evaluated) == all.Count;
        if (rules["not"] is { } not)
            valid &= !Check(not, value, []);
        if (value is JsonObject mapping)
            valid &= CheckObject(rules, mapping, evaluated);
        if (value is JsonArray list)
        {
            valid &= list.Count >= rules["minItems"].Or(0) && list.Count <= rules["maxItems"].Or(int.MaxValue)
                && (rules["items"] is not { } items || list.All(item => Check(items, item, [])));
        }
        if (value is JsonValue scalar && scalar.TryGetValue(out string? text))
            valid &= rules["pattern"] is not { } pattern || Regex.IsMatch(text, pattern.GetValue<string>());
        if (value is JsonValue figure && figure.TryGetValue(out double number))
        {
            valid &= number >= rules["minimum"].Or(double.MinValue) && number <= rules["maximum"].Or(double.MaxValue)
                && number > rules["exclusiveMinimum"].Or(double.MinValue) && number < rules["exclusiveMaximum"].Or(double.MaxValue);
        }
        return valid;
    }

    private bool CheckObject(JsonObject rules, JsonObject mapping, HashSet<string> evaluated)
    {
        bool valid = mapping.Count >= rules["minProperties"].Or(0) && mapping.Count <= rules["maxProperties"].Or(int.MaxValue)
            && (rules["required"] is not JsonArray required || required.All(key => mapping.ContainsKey(key!.GetValue<string>())));
        var seen = new HashSet<string>();
        foreach ((string key, JsonNode? value) in mapping)
        {
            if (rules["properties"]?[key] is { } property)
            {
                seen.Add(key);
                valid &= Check(property, value, []);
            }
            foreach ((string pattern, JsonNode? schema) in rules["patternProperties"]?.AsObject() ?? [])
            {
                if (Regex.IsMatch(key, pattern))
                {
                    seen.Add(key);
                    valid &= Check(schema!, value, []);
                }
            }
            if (rules["additionalProperties"] is { } rest && !seen.Contains(key))
            {
                seen.Add(key);
                valid &= Check(rest, value, []);
            }
        }
        evaluated.UnionWith(seen);
        if (rules["unevaluatedProperties"] is { } others)
            valid &= mapping.Where(entry => !evaluated.Contains(entry.Key)).All(entry => Check(others, entry.Value, []));
        return valid;
    }

    private int Count(JsonArray schemas, JsonNode? value, HashSet<string> evaluated)
    {
        int count = 0;
        foreach (JsonNode? schema in schemas)
        {
            var inner = new HashSet<string>();
            if (Check(schema!, value, inner))
            {
                count++;
                evaluated.UnionWith(inner);
            }
        }
        return count;
    }

    private static bool IsOf(string type, JsonNode? value) => type switch
    {
        "object" => value is JsonObject,
        "array" => value is JsonArray,
        "null" => value is null,
        "string" => value is JsonValue text && text.TryGetValue(out string? _),
        "boolean" => value is JsonValue truth && truth.TryGetValue(out bool _),
        "number" => value is JsonValue number && number.TryGetValue(out double _),
        "integer" => value is JsonValue whole && whole.TryGetValue(out double number) && number == Math.Floor(number),
        _ => throw new ArgumentException(type),
    };
}

internal static class JsonNumbers
{
    public static double Or(this JsonNode? node, double otherwise) => node?.GetValue<double>() ?? otherwise;
}
