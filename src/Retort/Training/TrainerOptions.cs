using Retort.Data;
using Retort.Distillation;
using Retort.Torch.Nn;

namespace Retort.Training;

/// <summary>What a recipe may write under <c>trainer:</c>: how one optimisation step is done.</summary>
[Kind("trainer")]
public abstract record TrainerOptions
{
    /// <summary>Whether it trains a stage's peers beside its role.</summary>
    public virtual bool TrainsPeers => false;

    /// <summary>Whether steps see batches that the trainer makes itself, so that no answer to a sample of the data can be kept
    /// for them.</summary>
    public virtual bool MakesBatches => false;

    /// <summary>Whether the network's weights may be made of something else while it trains.</summary>
    public virtual bool TakesWeights => false;

    /// <summary>Why a network cannot be trained so; null where it can.</summary>
    /// <param name="student">The role's network, to look at.</param>
    public virtual string? Refusal(Module student) => null;

    /// <summary>Whether it trains parts of terms on held-out samples, and so needs some.</summary>
    public virtual bool UsesHeldOut => false;

    /// <summary>The terms of the peers, where theirs are others than the stage's; null where they are the same.</summary>
    public virtual IReadOnlyList<CriterionOptions>? TermsOfPeers => null;

    /// <summary>Makes the trainer.</summary>
    /// <param name="setup">Roles, terms and optimiser.</param>
    /// <param name="sample">A first batch, for the shapes.</param>
    /// <exception cref="ArgumentException">The roles and terms do not go together, or are none that this trainer can
    /// train.</exception>
    public abstract Trainer Create(TrainingSetup setup, Batch sample);
}
