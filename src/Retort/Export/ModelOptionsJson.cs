using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Retort.Models;

namespace Retort.Export;

/// <summary>The options of models as JSON, in which files keep what a network is.</summary>
internal static class ModelOptionsJson
{
    /// <summary>How options are written: snake_case, enumerations by name, unknown keys refused.</summary>
    public static JsonSerializerOptions Format { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        WriteIndented = true,
        Converters =
        {
            new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false), new InnerModelConverter(),
        },
    };

    /// <summary>All options of a model, those with their default too.</summary>
    public static JsonNode Write(ModelOptions options) => JsonSerializer.SerializeToNode(options, options.GetType(), Format)!;

    /// <summary>The options of a model of the same kind as another.</summary>
    /// <exception cref="JsonException">A key is not known, or a value is of another type.</exception>
    public static ModelOptions Read(JsonNode json, Type kind) =>
        (ModelOptions?)json.Deserialize(kind, Format) ?? throw new JsonException("'options' is null.");

    /// <summary>A model inside another's options: its name beside its options, as for the outer one.</summary>
    private sealed class InnerModelConverter : JsonConverter<ModelOptions>
    {
        public override ModelOptions Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            using JsonDocument inner = JsonDocument.ParseValue(ref reader);
            string name = inner.RootElement.GetProperty("model").GetString() ?? throw new JsonException("'model' is null.");
            ModelEntry entry = ModelCatalog.Find(name) ?? throw new JsonException($"there is no model '{name}'.");
            return (ModelOptions?)inner.RootElement.GetProperty("options").Deserialize(entry.Defaults.GetType(), options)
                ?? throw new JsonException("'options' is null.");
        }

        // Names that share their options differ in values alone, and all values are written.
        public override void Write(Utf8JsonWriter writer, ModelOptions value, JsonSerializerOptions options)
        {
            ModelEntry entry = ModelCatalog.All.Concat(ModelCatalog.Composed).First(m => m.Defaults.GetType() == value.GetType());
            writer.WriteStartObject();
            writer.WriteString("model", entry.Name);
            writer.WritePropertyName("options");
            JsonSerializer.Serialize(writer, value, value.GetType(), options);
            writer.WriteEndObject();
        }
    }
}
