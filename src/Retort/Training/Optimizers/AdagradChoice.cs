using Retort.Torch.Optim;

namespace Retort.Training.Optimizers;

/// <summary>Adagrad.</summary>
[Named("adagrad")]
public sealed record AdagradChoice : OptimizerOptions
{
    /// <summary>Creates PyTorch's default learning rate.</summary>
    public AdagradChoice() => Lr = 0.01;

    /// <inheritdoc/>
    public override Optimizer Create(IReadOnlyList<ParameterGroup> groups) =>
        new Adagrad(groups, new AdagradOptions { LearningRate = Lr, WeightDecay = WeightDecay });
}
