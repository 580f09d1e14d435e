using System.ComponentModel.DataAnnotations;
using Retort.Training;
using Retort.Training.Optimizers;

namespace Retort.Distillation;

/// <summary>How a part that plays against the student is trained: with its own optimiser, at its own pace.</summary>
/// <remarks>Two rates keep the game in balance: Heusel et al., "GANs Trained by a Two Time-Scale Update Rule", NeurIPS 2017,
/// arXiv:1706.08500.</remarks>
public sealed record OpponentOptions
{
    /// <summary>How its parameters move; the stage's schedule multiplies the rate.</summary>
    public OptimizerOptions Optimizer { get; init; } = new AdamChoice();

    /// <summary>Steps that it takes after each step of the student, on the same batch.</summary>
    [Range(1, 100)]
    public int Steps { get; init; } = 1;
}
