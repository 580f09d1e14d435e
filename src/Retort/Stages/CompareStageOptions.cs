using System.ComponentModel.DataAnnotations;

namespace Retort.Stages;

/// <summary>What a recipe may write under <c>compare:</c>.</summary>
public sealed record CompareStageOptions : StageOptions
{
    /// <summary>Train stages, or roles with weights, to evaluate; results have these names.</summary>
    [MinLength(1)]
    public required IReadOnlyList<string> Models { get; init; }

    /// <summary>The split to evaluate on.</summary>
    public string Split { get; init; } = "test";

    /// <summary>The figure that the report's verdict is about.</summary>
    [AllowedValues("accuracy", "top5", "nll", "ece", "brier")]
    public string Metric { get; init; } = "accuracy";

    /// <summary>The model that agreement is measured with. The default is the one called <c>teacher</c>, or else the first.</summary>
    public string? Teacher { get; init; }

    /// <summary>Whether to measure latency, at batch 1 and 128.</summary>
    public bool Latency { get; init; } = true;
}
