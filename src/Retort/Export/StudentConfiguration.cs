using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Retort.Models;

namespace Retort.Export;

/// <summary>The <c>config.json</c> of a model folder.</summary>
internal static class StudentConfiguration
{
    private const int Version = 1;
    private const long MostBytes = 16 << 20;

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        WriteIndented = true,
        Converters =
        {
            new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false), new InnerModelConverter(),
        },
    };

    public static string Write(StudentDescription student) => new JsonObject
    {
        ["retort"] = Version,
        ["name"] = student.Name,
        ["model"] = student.Model,
        ["options"] = JsonSerializer.SerializeToNode(student.Options, student.Options.GetType(), Json),
        ["input_shape"] = JsonSerializer.SerializeToNode(student.InputShape, Json),
        ["mean"] = JsonSerializer.SerializeToNode(student.Mean, Json),
        ["std"] = JsonSerializer.SerializeToNode(student.StandardDeviation, Json),
        ["labels"] = JsonSerializer.SerializeToNode(student.Labels, Json),
    }.ToJsonString(Json) + "\n";

    public static StudentDescription Read(string path)
    {
        if (new FileInfo(path) is { Exists: true, Length: > MostBytes } large)
            throw new StudentFolderException(path, $"it has {large.Length} bytes; a configuration has at most {MostBytes}.");
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            JsonElement root = document.RootElement;
            if (root.GetProperty("retort").GetInt32() is int version && version != Version)
                throw new StudentFolderException(path, $"it is of version {version}; this program reads version {Version}.");
            string model = Required<string>(root, "model");
            ModelEntry entry = ModelCatalog.Find(model)
                ?? throw new StudentFolderException(
                    path, $"there is no model '{model}'; `retort models` lists those that there are.");
            var options = (ModelOptions?)root.GetProperty("options").Deserialize(entry.Defaults.GetType(), Json);
            return new StudentDescription
            {
                Name = Required<string>(root, "name"),
                Model = model,
                Options = options ?? throw new StudentFolderException(path, "'options' is null."),
                InputShape = Required<long[]>(root, "input_shape"),
                Mean = Required<double[]>(root, "mean"),
                StandardDeviation = Required<double[]>(root, "std"),
                Labels = Required<string[]>(root, "labels"),
            };
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new StudentFolderException(path, $"it is no configuration of a model: {e.Message}", e);
        }
    }

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

    private static T Required<T>(JsonElement root, string key) =>
        root.GetProperty(key).Deserialize<T>(Json) ?? throw new JsonException($"'{key}' is null.");
}
