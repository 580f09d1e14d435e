using System.Text.Json.Serialization;

namespace Retort.Reports;

/// <summary>What a model costs.</summary>
public sealed record ModelSummary
{
    /// <summary>The model, under the name that its results have.</summary>
    public required string Name { get; init; }

    /// <summary>The architecture, such as <c>cifar-resnet20</c>; null where it has no name.</summary>
    public string? Architecture { get; init; }

    /// <summary>How many parameters it has, buffers left out.</summary>
    public long Parameters { get; init; }

    /// <summary>Multiply-accumulate operations of one sample's forward pass.</summary>
    public long Macs { get; init; }

    /// <summary>Bytes of its parameters and buffers as they are stored.</summary>
    public long Bytes { get; init; }

    /// <summary>Median milliseconds of a forward pass of one sample; NaN (null in JSON) where not measured.</summary>
    [JsonPropertyName("latency_ms")]
    public double LatencyMilliseconds { get; init; } = double.NaN;

    /// <summary>Latency by batch size.</summary>
    public IReadOnlyList<LatencySummary> Latency { get; init; } = [];
}

/// <summary>How long a forward pass of a batch takes.</summary>
/// <param name="Batch">Samples in the batch.</param>
/// <param name="P50Milliseconds">The median over repeated passes.</param>
/// <param name="P95Milliseconds">The time that 95 % of them stay below.</param>
public sealed record LatencySummary(
    int Batch, [property: JsonPropertyName("p50_ms")] double P50Milliseconds, [property: JsonPropertyName("p95_ms")] double P95Milliseconds);
