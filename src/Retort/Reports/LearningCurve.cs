namespace Retort.Reports;

/// <summary>How a figure went while a model was trained with one seed.</summary>
public sealed record LearningCurve
{
    /// <summary>The model or stage, such as <c>student-distilled</c>.</summary>
    public required string Model { get; init; }

    /// <summary>The figure, such as <c>loss</c> or <c>accuracy</c>.</summary>
    public required string Metric { get; init; }

    /// <summary>The split; curves of <c>train</c> are dashed.</summary>
    public string Split { get; init; } = "train";

    /// <summary>The seed.</summary>
    public long? Seed { get; init; }

    /// <summary>The points, by ascending epoch.</summary>
    public required IReadOnlyList<CurvePoint> Points { get; init; }
}
