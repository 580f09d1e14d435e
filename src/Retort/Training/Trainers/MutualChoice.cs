using Retort.Data;

namespace Retort.Training.Trainers;

/// <summary>The stage's role and its peers are trained together, each seeing what the others predict.</summary>
[Named("mutual")]
public sealed record MutualChoice : TrainerOptions
{
    /// <summary>Whether networks move one after the other and predict anew in between, as Zhang et al. (arXiv:1706.00384,
    /// algorithm 1) do; otherwise all predict once and then all move.</summary>
    public bool InTurn { get; init; }

    /// <inheritdoc/>
    public override bool TrainsPeers => true;

    /// <inheritdoc/>
    public override bool TakesWeights => true;

    /// <inheritdoc/>
    public override Trainer Create(TrainingSetup setup, Batch sample) => new MutualTrainer(setup, sample, InTurn);
}
