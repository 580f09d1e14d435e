using System.ComponentModel.DataAnnotations;
using Retort.Torch.Optim;

namespace Retort.Training.Optimizers;

/// <summary>RMSprop.</summary>
[Named("rmsprop")]
public sealed record RmsPropChoice : OptimizerOptions
{
    /// <summary>Decay of the mean of squared gradients.</summary>
    [Range(0, 1, MaximumIsExclusive = true)]
    public double Alpha { get; init; } = 0.99;

    /// <summary>Share of the last direction that is kept.</summary>
    [Range(0, 1, MaximumIsExclusive = true)]
    public double Momentum { get; init; }

    /// <inheritdoc/>
    public override Optimizer Create(IReadOnlyList<ParameterGroup> groups) => new RmsProp(
        groups, new RmsPropOptions { LearningRate = Lr, WeightDecay = WeightDecay, Alpha = Alpha, Momentum = Momentum });
}
