namespace Retort.Export;

/// <summary>The facts of a model card; what is left out is not mentioned.</summary>
public sealed record ModelCard
{
    /// <summary>A sentence or two on what the model is for.</summary>
    public string? Summary { get; init; }

    /// <summary>The data that it was trained on.</summary>
    public string? Dataset { get; init; }

    /// <summary>The method, with its paper.</summary>
    public string? Method { get; init; }

    /// <summary>The teacher and its figure.</summary>
    public string? Teacher { get; init; }

    /// <summary>Figures on held-out data.</summary>
    public IReadOnlyList<ModelCardResult> Results { get; init; } = [];

    /// <summary>What it costs, or null.</summary>
    public ModelProfile? Cost { get; init; }

    /// <summary>What rounding it to int8 changes, or null where that was not measured.</summary>
    public QuantizationMeasurement? Quantization { get; init; }

    /// <summary>What it must not be trusted with, a sentence each.</summary>
    public IReadOnlyList<string> Limits { get; init; } = [];

    /// <summary>Under which licence it may be used.</summary>
    public string? License { get; init; }

    /// <summary>The resolved recipe that made it, as YAML.</summary>
    public string? Recipe { get; init; }
}
