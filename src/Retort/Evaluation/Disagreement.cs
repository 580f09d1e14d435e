namespace Retort.Evaluation;

/// <summary>A sample on which student and teacher predict different classes.</summary>
public sealed record Disagreement
{
    /// <summary>Its row in the logits that were compared.</summary>
    public required int Sample { get; init; }

    /// <summary>The true class.</summary>
    public required int Label { get; init; }

    /// <summary>The student's class.</summary>
    public required int StudentPrediction { get; init; }

    /// <summary>The probability that the student gives its class.</summary>
    public required double StudentConfidence { get; init; }

    /// <summary>The teacher's class.</summary>
    public required int TeacherPrediction { get; init; }

    /// <summary>The probability that the teacher gives its class.</summary>
    public required double TeacherConfidence { get; init; }

    /// <summary>KL(teacher ‖ student) on this sample, in nats.</summary>
    public required double Kl { get; init; }
}
