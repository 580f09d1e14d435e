namespace Retort.Runs.Explain;

/// <summary>A recipe as it would be run: roles, stages with the files they read and write, and what they cost.</summary>
public sealed record RecipeExplanation
{
    /// <summary>The recipe's name.</summary>
    public required string Recipe { get; init; }

    /// <summary>The seeds that it is repeated with.</summary>
    public required IReadOnlyList<long> Seeds { get; init; }

    /// <summary>Where it computes.</summary>
    public required string Device { get; init; }

    /// <summary>Threads of arithmetic.</summary>
    public required int Threads { get; init; }

    /// <summary>The run's folder, where <c>--out</c> names no other.</summary>
    public required string Folder { get; init; }

    /// <summary>The data set's name, or null without data.</summary>
    public required string? Dataset { get; init; }

    /// <summary>Training samples, after what is held out.</summary>
    public required int TrainSamples { get; init; }

    /// <summary>Sizes of one sample: [C, H, W].</summary>
    public required IReadOnlyList<long> SampleShape { get; init; }

    /// <summary>How many classes the labels have.</summary>
    public required int Classes { get; init; }

    /// <summary>The networks.</summary>
    public required IReadOnlyList<RoleExplanation> Roles { get; init; }

    /// <summary>What is done, in order.</summary>
    public required IReadOnlyList<StageExplanation> Stages { get; init; }

    /// <summary>Seconds that training takes over all seeds, by the steps that were measured; evaluation is not in it.</summary>
    public required double TrainingSeconds { get; init; }

    /// <summary>Bytes of memory that the machine has.</summary>
    public required long AvailableBytes { get; init; }
}
