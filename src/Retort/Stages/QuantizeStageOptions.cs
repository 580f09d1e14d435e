using Retort.Training;

namespace Retort.Stages;

/// <summary>What a recipe may write under <c>quantize:</c>.</summary>
public sealed record QuantizeStageOptions : DerivingStageOptions
{
    /// <summary>What the weights become; as in a train stage, where they are trained to it.</summary>
    public required WeightsOptions Weights { get; init; }
}
