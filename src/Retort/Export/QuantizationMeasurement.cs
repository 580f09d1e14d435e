namespace Retort.Export;

/// <summary>What rounding a model's linear layers to int8 changed.</summary>
/// <param name="Replaced">Paths of the layers that are int8 now.</param>
/// <param name="Before">The model as it was.</param>
/// <param name="After">The model as it is.</param>
public sealed record QuantizationMeasurement(
    IReadOnlyList<string> Replaced, QuantizationFigures Before, QuantizationFigures After);
