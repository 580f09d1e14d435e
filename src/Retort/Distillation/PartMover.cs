namespace Retort.Distillation;

/// <summary>Who trains a part that a criterion owns, and so on which loss.</summary>
public enum PartMover
{
    /// <summary>The student's own optimiser, on the sum of the terms: projectors, heads.</summary>
    Learner,

    /// <summary>An optimiser of its own, on what the criterion says of its opponent: discriminators, critics.</summary>
    Opponent,

    /// <summary>The trainer's optimiser for what decides how the student learns, on the loss of held-out samples after the step
    /// that the student would take: learned weights and ratios.</summary>
    HeldOut,
}
