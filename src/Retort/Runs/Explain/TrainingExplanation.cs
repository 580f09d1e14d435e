namespace Retort.Runs.Explain;

/// <summary>A training: who learns from whom by which terms, for how long, and what it takes.</summary>
public sealed record TrainingExplanation
{
    /// <summary>The role that is trained.</summary>
    public required string Student { get; init; }

    /// <summary>Roles that are trained beside it, each with the same terms.</summary>
    public required IReadOnlyList<string> Peers { get; init; }

    /// <summary>Its teachers.</summary>
    public required IReadOnlyList<string> Teachers { get; init; }

    /// <summary>Whether teachers answer once for each sample, rather than at each step.</summary>
    public required bool RemembersTeachers { get; init; }

    /// <summary>Whether answers are read that a stage before has kept, so that no teacher computes.</summary>
    public required bool ReadsAnswers { get; init; }

    /// <summary>What the student's weights are made of, by the name that recipes use; null for parameters as they are.</summary>
    public required string? Weights { get; init; }

    /// <summary>Numbers of the student and its peers that training changes, or that it changes in their place.</summary>
    public required long TrainedParameters { get; init; }

    /// <summary>The student's loss terms.</summary>
    public required IReadOnlyList<TermExplanation> Terms { get; init; }

    /// <summary>Samples in a batch.</summary>
    public required int BatchSize { get; init; }

    /// <summary>Batches in a pass over the data.</summary>
    public required int StepsPerEpoch { get; init; }

    /// <summary>Steps for one seed.</summary>
    public required long Steps { get; init; }

    /// <summary>Seconds of one step: the median of the steps that were measured.</summary>
    public required double SecondsPerStep { get; init; }

    /// <summary>Steps that were measured, after one that was not.</summary>
    public required int MeasuredSteps { get; init; }

    /// <summary>Seconds for one seed: the steps, and the teachers' answers where they are remembered.</summary>
    public required double Seconds { get; init; }

    /// <summary>What it takes in memory.</summary>
    public required MemoryExplanation Memory { get; init; }
}
