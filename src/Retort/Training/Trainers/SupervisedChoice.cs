using Retort.Data;

namespace Retort.Training.Trainers;

/// <summary>One student, frozen teachers, weighted terms added: what most methods need.</summary>
[Named("supervised")]
public sealed record SupervisedChoice : TrainerOptions
{
    /// <inheritdoc/>
    public override Trainer Create(TrainingSetup setup, Batch sample)
    {
        ArgumentNullException.ThrowIfNull(setup);
        return setup.Peers.Count == 0
            ? new SupervisedTrainer(setup, sample)
            : throw new ArgumentException("`peers:` are trained together, which needs `trainer: mutual`.", nameof(setup));
    }
}
