using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Training.Optimizers;
using Retort.Training.Trainers;

namespace Retort.Training;

/// <summary>What a recipe may write under <c>training:</c> of a stage that trains a network several times: how it does each
/// time.</summary>
public sealed record TrainingPlan : IValidatable
{
    /// <summary>The loss terms, weighted and added.</summary>
    [MinLength(1)]
    public required IReadOnlyList<CriterionOptions> Criteria { get; init; }

    /// <summary>Passes over the training data, each time.</summary>
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public double Epochs { get; init; } = 10;

    /// <summary>Samples in a batch. The default is the data's.</summary>
    [Range(1, 1 << 20)]
    public int? BatchSize { get; init; }

    /// <summary>How parameters move; its state begins anew each time.</summary>
    public OptimizerOptions Optimizer { get; init; } = new SgdChoice();

    /// <summary>The factor of the learning rate, from the first step of each time to its last.</summary>
    [Range(0, double.MaxValue)]
    public Schedule Schedule { get; init; } = Schedule.Cosine();

    /// <summary>Largest norm of all gradients together; larger ones are scaled down. The default leaves them.</summary>
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public double? ClipNorm { get; init; }

    /// <summary>How a step is done.</summary>
    public TrainerOptions Trainer { get; init; } = new SupervisedChoice();

    /// <summary>Paths of modules that stay as they are: their parameters and their running statistics.</summary>
    public IReadOnlyList<string> Freeze { get; init; } = [];

    /// <inheritdoc/>
    public IEnumerable<Problem> Validate()
    {
        if (Trainer.TrainsPeers)
        {
            yield return new Problem(nameof(Trainer), "the trainer trains several networks together, and here there is one")
            {
                Code = RecipeCodes.Contradiction,
                Expected = "trainer: supervised",
            };
        }
    }
}
