using Retort.Torch.Optim;

namespace Retort.Training.Optimizers;

/// <summary>LAMB: Adam with a trust ratio per tensor, for large batches.</summary>
[Named("lamb")]
public sealed record LambChoice : OptimizerOptions
{
    /// <inheritdoc/>
    public override Optimizer Create(IReadOnlyList<ParameterGroup> groups) =>
        new Lamb(groups, new LambOptions { LearningRate = Lr, WeightDecay = WeightDecay });
}
