using System.Text.Json;
using System.Text.Json.Nodes;
using Retort.Models;

namespace Retort.Export;

/// <summary>The <c>config.json</c> of a model folder.</summary>
internal static class StudentConfiguration
{
    private const int Version = 1;
    private const long MostBytes = 16 << 20;

    private static readonly JsonSerializerOptions Json = ModelOptionsJson.Format;

    public static string Write(StudentDescription student) => new JsonObject
    {
        ["retort"] = Version,
        ["name"] = student.Name,
        ["model"] = student.Model,
        ["options"] = ModelOptionsJson.Write(student.Options),
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

    private static T Required<T>(JsonElement root, string key) =>
        root.GetProperty(key).Deserialize<T>(Json) ?? throw new JsonException($"'{key}' is null.");
}
