namespace Retort.Reports;

/// <summary>A sample on which student and teacher predict different classes, as the report shows it.</summary>
public sealed record DisagreementSample
{
    /// <summary>Its index in the split.</summary>
    public required long Index { get; init; }

    /// <summary>The true class's name.</summary>
    public required string Label { get; init; }

    /// <summary>The student's class.</summary>
    public required string StudentPrediction { get; init; }

    /// <summary>The probability that the student gives its class, in 0 … 1.</summary>
    public required double StudentConfidence { get; init; }

    /// <summary>The teacher's class.</summary>
    public required string TeacherPrediction { get; init; }

    /// <summary>The probability that the teacher gives its class, in 0 … 1.</summary>
    public required double TeacherConfidence { get; init; }

    /// <summary>
    /// The sample as an encoded PNG; empty where it is no picture. What does not begin like a PNG is not shown.
    /// </summary>
    public ReadOnlyMemory<byte> Png { get; init; }

    /// <summary>The sample as text, where it is one.</summary>
    public string? Text { get; init; }
}
