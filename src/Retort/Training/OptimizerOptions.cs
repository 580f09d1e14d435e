using System.ComponentModel.DataAnnotations;
using Retort.Torch.Optim;

namespace Retort.Training;

/// <summary>What a recipe may write under <c>optimizer:</c>, and the optimiser it stands for.</summary>
[Kind("optimizer")]
public abstract record OptimizerOptions
{
    /// <summary>Learning rate, which the stage's schedule multiplies.</summary>
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public double Lr { get; init; } = 0.001;

    /// <summary>Weight decay per step.</summary>
    [Range(0, double.MaxValue)]
    public double WeightDecay { get; init; }

    /// <summary>Makes the optimiser of these groups.</summary>
    public abstract Optimizer Create(IReadOnlyList<ParameterGroup> groups);
}
