using Retort.Export;

namespace Retort.Runs;

/// <summary>What an export wrote.</summary>
/// <param name="Folder">The model folder.</param>
/// <param name="Files">Its files.</param>
/// <param name="Int8">What int8 changes; null where it was not asked for.</param>
public sealed record FolderExportResult(string Folder, IReadOnlyList<string> Files, QuantizationMeasurement? Int8);
