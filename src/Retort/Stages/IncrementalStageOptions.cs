using System.ComponentModel.DataAnnotations;
using Retort.Training;

namespace Retort.Stages;

/// <summary>What a recipe may write under <c>incremental:</c>.</summary>
public sealed record IncrementalStageOptions : StageOptions
{
    /// <summary>The role whose network is trained; its head has a row for each class of the data.</summary>
    public required string Role { get; init; }

    /// <summary>How many tasks the classes come in, as even as can be.</summary>
    [Range(1, 10_000)]
    public int Tasks { get; init; } = 5;

    /// <summary>The order in which classes come, by label. The default is drawn for each seed.</summary>
    public IReadOnlyList<int>? Order { get; init; }

    /// <summary>Which samples of old classes are kept and seen again. The default is none.</summary>
    public SampleMemory? Memory { get; init; }

    /// <summary>How each task is trained. From the second on, the network after the task before is the terms' teacher; the first
    /// does without the terms that need one.</summary>
    public required TrainingPlan Training { get; init; }

    /// <summary>What is done to the head after each task but the first, before the network teaches the next. The default is
    /// nothing.</summary>
    public CorrectionOptions? Correct { get; init; }

    /// <summary>Use so many training samples, drawn anew for each seed, class by class. The default is all.</summary>
    [Range(1, int.MaxValue)]
    public int? TrainSamples { get; init; }

    /// <summary>The split to measure on, after each task.</summary>
    public string Split { get; init; } = "test";
}
