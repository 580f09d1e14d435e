using System.ComponentModel.DataAnnotations;
using Retort.Data;
using Retort.Training.Optimizers;

namespace Retort.Training.Trainers;

/// <summary>One student whose terms hold something that is learned for it: what makes its next step better on held-out
/// samples.</summary>
[Named("bilevel")]
public sealed record BilevelChoice : TrainerOptions
{
    /// <summary>How the parts that held-out samples decide are moved; the stage's schedule does not touch the rate.</summary>
    public OptimizerOptions Optimizer { get; init; } = new AdamChoice();

    /// <summary>Steps of the student between two of theirs.</summary>
    [Range(1, 1_000_000)]
    public int Every { get; init; } = 1;

    /// <inheritdoc/>
    public override bool UsesHeldOut => true;

    /// <inheritdoc/>
    public override Trainer Create(TrainingSetup setup, Batch sample) => new BilevelTrainer(setup, sample, Optimizer, Every);
}
