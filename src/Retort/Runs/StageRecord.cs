using System.Text.Json.Serialization;
using Retort.Export;

namespace Retort.Runs;

/// <summary>What a finished stage leaves in <c>done.json</c>.</summary>
/// <param name="Key">Hash of all that the result depends on.</param>
/// <param name="WallSeconds">Seconds that it computed, interruptions left out.</param>
/// <param name="Figures">What it measured, by name.</param>
public sealed record StageRecord(string Key, double WallSeconds, IReadOnlyDictionary<string, double> Figures);

/// <summary>Readers and writers of the run's small JSON files, made at build time so that start-up needs no reflection.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(StageRecord))]
[JsonSerializable(typeof(TrainingPosition))]
[JsonSerializable(typeof(QuantizationMeasurement))]
internal sealed partial class RunJson : JsonSerializerContext;
