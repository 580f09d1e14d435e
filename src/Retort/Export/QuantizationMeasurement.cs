namespace Retort.Export;

/// <summary>What rounding a model's linear layers to int8 changed.</summary>
/// <param name="Replaced">Paths of the layers that are int8 now.</param>
/// <param name="Before">The model as it was.</param>
/// <param name="After">The model as it is.</param>
public sealed record QuantizationMeasurement(
    IReadOnlyList<string> Replaced, QuantizationFigures Before, QuantizationFigures After)
{
    /// <summary>Parameters of the model, rounded or not; 0 where not counted.</summary>
    public long Parameters { get; init; }

    /// <summary>Multiply-accumulate operations of one sample; 0 where not counted.</summary>
    public long Macs { get; init; }

    /// <summary>The figure that the scores are, such as <c>accuracy</c>; null where it has no name, or was not
    /// measured.</summary>
    public string? Metric { get; init; }

    /// <summary>The split that they were measured on, or null.</summary>
    public string? Split { get; init; }
}
