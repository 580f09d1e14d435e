using Retort.Reports;

namespace Retort.Export;

/// <summary>Size, quality and speed of a model.</summary>
/// <param name="Bytes">Bytes of parameters and buffers as they are stored.</param>
/// <param name="Score">What the caller's measure of quality gave.</param>
/// <param name="Latency">How long a forward pass takes, by batch size.</param>
public sealed record QuantizationFigures(long Bytes, double Score, IReadOnlyList<LatencySummary> Latency);
