using System.Buffers;
using System.Collections;
using System.Text;
using System.Text.Json;

namespace Retort.Recipes;

/// <summary>Writes options as JSON in one fixed form, for keys that are hashes of what they stand for.</summary>
public static class CanonicalJson
{
    /// <summary>Writes an options record, or a list or dictionary of them.</summary>
    /// <remarks>Every property is written, defaults too, in ordinal order of its key; choices are objects with their slug;
    /// paths are absolute; numbers are in their shortest exact form. So what a recipe spells out and what it leaves to a
    /// default give the same bytes, and a default that changes in a later version gives others.</remarks>
    /// <param name="options">What to write; records, lists, dictionaries and the values that recipes can hold.</param>
    /// <param name="registry">Knows the slugs of choices.</param>
    /// <exception cref="ArgumentException">A value is of a type that recipes cannot hold.</exception>
    public static string Write(object options, ComponentRegistry registry)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(registry);
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
            WriteValue(options, registry, json);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void WriteValue(object? value, ComponentRegistry registry, Utf8JsonWriter json)
    {
        switch (value)
        {
            case null:
                json.WriteNullValue();
                break;
            case bool truth:
                json.WriteBooleanValue(truth);
                break;
            case int or long:
                json.WriteNumberValue(Convert.ToInt64(value, null));
                break;
            case ulong seed:
                json.WriteNumberValue(seed);
                break;
            case double number when double.IsFinite(number):
                json.WriteNumberValue(number);
                break;
            case string or double or Enum:
                json.WriteStringValue(Expect.Text(value));
                break;
            case FilePath path:
                json.WriteStringValue(path.FullPath);
                break;
            case TapPath or Duration:
                json.WriteStringValue(value.ToString());
                break;
            case IDictionary dictionary:
                json.WriteStartObject();
                foreach (string key in dictionary.Keys.Cast<string>().Order(StringComparer.Ordinal))
                {
                    json.WritePropertyName(key);
                    WriteValue(dictionary[key], registry, json);
                }
                json.WriteEndObject();
                break;
            case IEnumerable list:
                json.WriteStartArray();
                foreach (object? item in list)
                    WriteValue(item, registry, json);
                json.WriteEndArray();
                break;
            default:
                WriteRecord(value, registry, json);
                break;
        }
    }

    private static void WriteRecord(object options, ComponentRegistry registry, Utf8JsonWriter json)
    {
        Type type = options.GetType();
        if (!type.IsClass)
            throw new ArgumentException($"Recipes cannot hold a {type.FullName}.", nameof(options));
        bool chosen = ComponentRegistry.KindOf(type) is not null;
        if (chosen)
        {
            json.WriteStartObject();
            json.WritePropertyName(registry.ComponentOf(options).Slug);
        }
        json.WriteStartObject();
        foreach (PropertyModel property in TypeModel.Of(type).Properties.OrderBy(p => p.Key, StringComparer.Ordinal))
        {
            json.WritePropertyName(property.Key);
            WriteValue(property.Info.GetValue(options), registry, json);
        }
        json.WriteEndObject();
        if (chosen)
            json.WriteEndObject();
    }
}
