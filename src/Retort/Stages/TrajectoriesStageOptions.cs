using System.ComponentModel.DataAnnotations;
using Retort.Training;
using Retort.Training.Optimizers;

namespace Retort.Stages;

/// <summary>What a recipe may write under <c>trajectories:</c>.</summary>
public sealed record TrajectoriesStageOptions : StageOptions
{
    /// <summary>The role whose network is trained.</summary>
    public required string Role { get; init; }

    /// <summary>How many trainings, each from fresh weights.</summary>
    [Range(1, 10_000)]
    public int Count { get; init; } = 5;

    /// <summary>Epochs of each training; the weights are kept after every one.</summary>
    [Range(1, 10_000)]
    public int Epochs { get; init; } = 20;

    /// <summary>How weights move. The default is plain gradient descent at a rate of 0.01; with momentum they move too fast to be
    /// followed.</summary>
    public OptimizerOptions Optimizer { get; init; } = new SgdChoice { Lr = 0.01, Momentum = 0 };

    /// <summary>Train on so many samples, as a train stage of the same <c>train_samples</c> draws them.
    /// The default is all.</summary>
    [Range(1, int.MaxValue)]
    public int? TrainSamples { get; init; }

    /// <summary>Samples in a batch. The default is the data's.</summary>
    [Range(1, 1 << 20)]
    public int? BatchSize { get; init; }

    /// <summary>Whether the first seed's trainings serve all seeds.</summary>
    public bool Once { get; init; }
}
