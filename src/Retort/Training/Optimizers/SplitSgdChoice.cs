using System.ComponentModel.DataAnnotations;
using Retort.Torch.Optim;

namespace Retort.Training.Optimizers;

/// <summary>Stochastic gradient descent that gives the gradient of the task's terms and that of all others momenta of their
/// own.</summary>
/// <remarks>Where a step has terms of one kind only, or takes a loss as a whole, it is <c>sgd</c>. <c>clip_norm</c> limits each
/// of the two gradients.</remarks>
[Named("split-sgd")]
public sealed record SplitSgdChoice : OptimizerOptions, IValidatable
{
    /// <summary>Creates the usual settings of small convolutional networks.</summary>
    public SplitSgdChoice() => Lr = 0.1;

    /// <summary>μ, the middle of the two shares of the last direction that are kept.</summary>
    [Range(0, 1, MaximumIsExclusive = true)]
    public double Momentum { get; init; } = 0.9;

    /// <summary>Δ: the task's terms keep μ − Δ, all others μ + Δ. Zhao et al. (arXiv:2307.08436) take 0.075 on CIFAR-100 and
    /// 0.09 on ImageNet.</summary>
    [Range(0, 0.5, MaximumIsExclusive = true)]
    public double Difference { get; init; } = 0.075;

    /// <summary>Whether the gradient is taken a step ahead.</summary>
    public bool Nesterov { get; init; }

    /// <inheritdoc/>
    public IEnumerable<Problem> Validate()
    {
        if (Momentum - Difference < 0 || Momentum + Difference >= 1)
        {
            yield return new Problem(
                nameof(Difference),
                $"momentum {Expect.Text(Momentum)} less and plus difference {Expect.Text(Difference)} must lie in [0, 1)");
        }
    }

    /// <inheritdoc/>
    public override Optimizer Create(IReadOnlyList<ParameterGroup> groups) => new SplitSgd(
        groups,
        new SgdOptions { LearningRate = Lr, WeightDecay = WeightDecay, Momentum = Momentum, Nesterov = Nesterov && Momentum > 0 },
        Difference);
}
