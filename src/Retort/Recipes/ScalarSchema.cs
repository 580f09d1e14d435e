using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Retort.Recipes;

/// <summary>The JSON Schema of values that have no keys.</summary>
internal static class ScalarSchema
{
    public static bool TryMake(Type type, PropertyModel? property, [NotNullWhen(true)] out JsonObject? schema)
    {
        schema = type == typeof(bool) ? OrVariable("boolean")
            : type == typeof(int) || type == typeof(long) ? Limited(OrVariable("integer"), property?.Range)
            : type == typeof(double) ? Limited(OrVariable("number"), property?.Range)
            : type == typeof(string) ? Text(property)
            : type == typeof(FilePath) ? Typed("string")
            : type == typeof(TapPath) ? Patterned(@"^\S+$")
            : type == typeof(Duration) ? Patterned(@"^[0-9.eE+-]+ *(steps?|epochs?|%)$")
            : type == typeof(Seeds) ? SeedsSchema()
            : type.IsEnum ? new JsonObject { ["enum"] = Array(Names.EnumValues(type).Keys) }
            : null;
        if (schema is not null && property?.Allowed is { } allowed)
            schema = new JsonObject { ["enum"] = Array(allowed) };
        return schema is not null;
    }

    /// <summary>A default as JSON; null where it is nothing, or more than a few words.</summary>
    public static JsonNode? Default(object? value) => value switch
    {
        bool truth => truth,
        int or long => Convert.ToInt64(value, CultureInfo.InvariantCulture),
        double number when double.IsFinite(number) => number,
        string or Enum => Expect.Text(value),
        TapPath or Duration or FilePath => value.ToString(),
        Schedules.ConstantSchedule constant => constant.Value,
        _ => null,
    };

    /// <summary>A type whose values may also be the reference to an environment variable, in quotes or not.</summary>
    public static JsonObject OrVariable(string type) => new()
    {
        ["type"] = new JsonArray(type, "string"),
        ["pattern"] = @"^\$\{[^}]*\}$",
    };

    private static JsonObject Text(PropertyModel? property)
    {
        if (property?.AnyScalar == true)
            return new JsonObject { ["type"] = new JsonArray("string", "number", "boolean") };
        JsonObject schema = property?.Pattern is { } pattern ? Patterned($"^(?:{pattern.Pattern})$") : Typed("string");
        if (property?.MaxLength is { } most)
            schema["maxLength"] = most;
        return schema;
    }

    private static JsonObject SeedsSchema()
    {
        JsonObject one = Typed("integer");
        one["minimum"] = 0;
        JsonObject range = Patterned(@"^[0-9]+\.\.[0-9]+$");
        return new JsonObject
        {
            ["anyOf"] = new JsonArray(one, range, new JsonObject
            {
                ["type"] = "array",
                ["minItems"] = 1,
                ["items"] = new JsonObject { ["anyOf"] = new JsonArray(one.DeepClone(), range.DeepClone()) },
            }),
        };
    }

    private static JsonObject Limited(JsonObject schema, RangeAttribute? range)
    {
        if (range is null)
            return schema;
        var (least, greatest) = Expect.Ends(range);
        if (double.IsFinite(least))
            schema[range.MinimumIsExclusive ? "exclusiveMinimum" : "minimum"] = least;
        if (double.IsFinite(greatest))
            schema[range.MaximumIsExclusive ? "exclusiveMaximum" : "maximum"] = greatest;
        return schema;
    }

    private static JsonArray Array(IEnumerable<object?> values)
    {
        var array = new JsonArray();
        foreach (object? value in values)
            array.Add(Default(value));
        return array;
    }

    private static JsonObject Typed(string type) => new() { ["type"] = type };

    private static JsonObject Patterned(string pattern) => new() { ["type"] = "string", ["pattern"] = pattern };
}
