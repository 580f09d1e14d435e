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
