namespace Retort.Runs;

/// <summary>Which of the results the report's verdict is about.</summary>
public sealed record ReportNames
{
    /// <summary>The teacher's name among the results.</summary>
    public string Teacher { get; init; } = "teacher";

    /// <summary>The student that was trained alone.</summary>
    public string Baseline { get; init; } = "student-baseline";

    /// <summary>The student that was distilled.</summary>
    public string Distilled { get; init; } = "student-distilled";

    /// <summary>The figure of the verdict.</summary>
    public string Metric { get; init; } = "accuracy";

    /// <summary>The split of the verdict.</summary>
    public string Split { get; init; } = "test";
}
