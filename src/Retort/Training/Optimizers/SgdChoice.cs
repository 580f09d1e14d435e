using System.ComponentModel.DataAnnotations;
using Retort.Torch.Optim;

namespace Retort.Training.Optimizers;

/// <summary>Stochastic gradient descent.</summary>
[Named("sgd")]
public sealed record SgdChoice : OptimizerOptions
{
    /// <summary>Creates the usual settings of small convolutional networks.</summary>
    public SgdChoice() => Lr = 0.1;

    /// <summary>Share of the last direction that is kept.</summary>
    [Range(0, 1, MaximumIsExclusive = true)]
    public double Momentum { get; init; } = 0.9;

    /// <summary>Whether the gradient is taken a step ahead.</summary>
    public bool Nesterov { get; init; }

    /// <inheritdoc/>
    public override Optimizer Create(IReadOnlyList<ParameterGroup> groups) => new Sgd(groups, new SgdOptions
    {
        LearningRate = Lr,
        WeightDecay = WeightDecay,
        Momentum = Momentum,
        Nesterov = Nesterov && Momentum > 0,
    });
}
