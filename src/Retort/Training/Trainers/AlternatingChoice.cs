using System.ComponentModel.DataAnnotations;
using Retort.Data;
using Retort.Distillation;

namespace Retort.Training.Trainers;

/// <summary>Peers with terms of their own follow the student, and move several times for each of its moves.</summary>
[Named("alternating")]
public sealed record AlternatingChoice : TrainerOptions
{
    /// <summary>The peers' loss terms, weighted and added; to them the student is a teacher.</summary>
    [MinLength(1)]
    public required IReadOnlyList<CriterionOptions> Criteria { get; init; }

    /// <summary>Moves of each peer for one of the student.</summary>
    [Range(1, 10_000)]
    public int Turns { get; init; } = 1;

    /// <summary>Steps at the beginning in which peers alone move.</summary>
    [Range(0, int.MaxValue)]
    public int Alone { get; init; }

    /// <summary>How peers move. The default is as the student does.</summary>
    public OptimizerOptions? Optimizer { get; init; }

    /// <inheritdoc/>
    public override bool TrainsPeers => true;

    /// <inheritdoc/>
    public override IReadOnlyList<CriterionOptions>? TermsOfPeers => Criteria;

    /// <inheritdoc/>
    public override Trainer Create(TrainingSetup setup, Batch sample) =>
        new AlternatingTrainer(setup, sample, Turns, Alone, Optimizer);
}
