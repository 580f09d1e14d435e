namespace Retort.Runs.Explain;

/// <summary>One stage: what it reads and writes, and how its training goes where it trains.</summary>
public sealed record StageExplanation
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>What kind of stage it is: <c>train</c>, <c>compare</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>How often it runs: once, or once a seed.</summary>
    public required int Times { get; init; }

    /// <summary>Files that it reads; those of the run are relative to its folder, with N for the seed.</summary>
    public required IReadOnlyList<string> Reads { get; init; }

    /// <summary>Files that it leaves, relative to the run's folder, with N for the seed.</summary>
    public required IReadOnlyList<string> Writes { get; init; }

    /// <summary>How its training goes; null where it does not train by terms, or trains on samples that an earlier stage has yet
    /// to make.</summary>
    public required TrainingExplanation? Training { get; init; }
}
