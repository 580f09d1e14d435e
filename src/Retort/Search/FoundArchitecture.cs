using System.Text.Json;
using System.Text.Json.Nodes;
using Retort.Export;
using Retort.Models;
using Retort.Reports;
using Retort.Runs;

namespace Retort.Search;

/// <summary>The file in which a search leaves what it chose: the model's options, all of them.</summary>
internal static class FoundArchitecture
{
    /// <summary>Its name in the stage's folder.</summary>
    public const string FileName = "architecture.json";

    private const long MostBytes = 1 << 20;

    /// <summary>Writes it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="slug">The model's name.</param>
    /// <param name="model">Its options.</param>
    public static void Write(string path, string slug, ModelOptions model)
    {
        var found = new JsonObject { ["model"] = slug, ["options"] = ModelOptionsJson.Write(model) };
        AtomicFile.Write(path, found.ToJsonString(ModelOptionsJson.Format) + "\n");
    }

    /// <summary>Reads it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="start">Options of the same kind.</param>
    /// <exception cref="RunException">The file is missing or damaged.</exception>
    public static ModelOptions Read(string path, ModelOptions start)
    {
        try
        {
            if (new FileInfo(path).Length > MostBytes)
                throw new RunException($"'{path}' is larger than an architecture can be.");
            JsonNode? found = JsonNode.Parse(File.ReadAllBytes(path));
            JsonNode options = found?["options"] ?? throw new JsonException("there are no options.");
            return ModelOptionsJson.Read(options, start.GetType());
        }
        catch (Exception e) when (e is IOException or JsonException or InvalidOperationException)
        {
            throw new RunException($"'{path}' is not what a search leaves: {e.Message}", inner: e);
        }
    }
}
