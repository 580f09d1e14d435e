using System.ComponentModel.DataAnnotations;
using Retort.Torch.Optim;

namespace Retort.Training.Optimizers;

/// <summary>Adam, with weight decay added to the gradient.</summary>
[Named("adam")]
public sealed record AdamChoice : OptimizerOptions
{
    /// <summary>Decay of the mean of gradients.</summary>
    [Range(0, 1, MaximumIsExclusive = true)]
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of the mean of squared gradients.</summary>
    [Range(0, 1, MaximumIsExclusive = true)]
    public double Beta2 { get; init; } = 0.999;

    /// <summary>Keeps the denominator from 0.</summary>
    [Range(0, 1)]
    public double Epsilon { get; init; } = 1e-8;

    /// <inheritdoc/>
    public override Optimizer Create(IReadOnlyList<ParameterGroup> groups) => new Adam(
        groups,
        new AdamOptions { LearningRate = Lr, WeightDecay = WeightDecay, Beta1 = Beta1, Beta2 = Beta2, Epsilon = Epsilon });
}
