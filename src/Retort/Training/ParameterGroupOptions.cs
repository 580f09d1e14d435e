using System.ComponentModel.DataAnnotations;

namespace Retort.Training;

/// <summary>What a recipe may write for parts of the network that move at a rate of their own.</summary>
public sealed record ParameterGroupOptions
{
    /// <summary>Paths of the modules whose parameters these are; the first group that names one has it.</summary>
    [MinLength(1)]
    public required IReadOnlyList<string> Modules { get; init; }

    /// <summary>Learning rate, which the stage's schedule multiplies. The default is the optimiser's.</summary>
    [Range(0, double.MaxValue)]
    public double? Lr { get; init; }

    /// <summary>Weight decay per step. The default is the optimiser's.</summary>
    [Range(0, double.MaxValue)]
    public double? WeightDecay { get; init; }
}
