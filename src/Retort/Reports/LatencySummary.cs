using System.Text.Json.Serialization;

namespace Retort.Reports;

/// <summary>How long a forward pass of a batch takes.</summary>
/// <param name="Batch">Samples in the batch.</param>
/// <param name="P50Milliseconds">The median over repeated passes.</param>
/// <param name="P95Milliseconds">The time that 95 % of them stay below.</param>
public sealed record LatencySummary(
    int Batch,
    [property: JsonPropertyName("p50_ms")] double P50Milliseconds,
    [property: JsonPropertyName("p95_ms")] double P95Milliseconds);
