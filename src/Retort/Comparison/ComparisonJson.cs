using System.Text.Json.Serialization;

namespace Retort.Comparison;

/// <summary>The memory of a process that trained a method.</summary>
/// <param name="Keys">Keys of the results that it left.</param>
/// <param name="PeakRssBytes">Its largest resident memory.</param>
internal sealed record PeakRecord(IReadOnlyList<string> Keys, long PeakRssBytes);

/// <summary>Readers and writers of comparisons' and searches' files, made at build time.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    RespectNullableAnnotations = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(PeakRecord))]
[JsonSerializable(typeof(TunedSettings))]
internal sealed partial class ComparisonJson : JsonSerializerContext;

/// <summary>The same, a record a line.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = false, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(TuningTrial))]
internal sealed partial class JournalJson : JsonSerializerContext;
