using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Retort.Reports;
using Retort.Runs;

namespace Retort.Atlas;

/// <summary>Reads and writes an entry's measured files.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    WriteIndented = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(FiniteOrNullConverter)])]
[JsonSerializable(typeof(AtlasResult))]
[JsonSerializable(typeof(IReadOnlyList<AtlasSearchResult>))]
internal sealed partial class AtlasJson : JsonSerializerContext
{
    // A file beside a claim has a few figures a seed; past this it is no such file.
    private const long LargestFile = 1 << 20;

    /// <summary>Reads a file, or returns null where there is none.</summary>
    /// <exception cref="RunException">The file is no such JSON.</exception>
    public static T? Read<T>(string path, JsonTypeInfo<T> type)
        where T : class
    {
        if (!File.Exists(path))
            return null;
        if (new FileInfo(path).Length > LargestFile)
        {
            throw new RunException(
                $"'{path}' has more than {LargestFile >> 10} KiB, which no measured entry has.", isInputWrong: true);
        }

        try
        {
            return JsonSerializer.Deserialize(File.ReadAllText(path), type)
                ?? throw new RunException($"'{path}' holds nothing; measure the entry again.", isInputWrong: true);
        }
        catch (JsonException e)
        {
            long line = (e.LineNumber ?? 0) + 1;
            string reason = e.Message.Split(" Path:")[0].TrimEnd('.');
            string key = e.Path is null or "$" ? string.Empty : $"{e.Path}: ";
            throw new RunException($"{path}:{line}: {key}{reason}; measure the entry again.", isInputWrong: true, e);
        }
    }

    /// <summary>Writes a file, whole or not at all.</summary>
    public static void Write<T>(string path, T value, JsonTypeInfo<T> type) =>
        AtomicFile.Write(path, JsonSerializer.Serialize(value, type) + "\n");
}
