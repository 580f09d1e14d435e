using Retort.Data;

namespace Retort.Training.Trainers;

/// <summary>One student, frozen teachers, weighted terms added: what most methods need.</summary>
[Named("supervised")]
public sealed record SupervisedChoice : TrainerOptions
{
    /// <inheritdoc/>
    public override bool TakesWeights => true;

    /// <inheritdoc/>
    public override Trainer Create(TrainingSetup setup, Batch sample) => new SupervisedTrainer(setup, sample);
}
