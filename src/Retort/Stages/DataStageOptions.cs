using System.ComponentModel.DataAnnotations;

namespace Retort.Stages;

/// <summary>What stages that make or choose training data have in common.</summary>
public abstract record DataStageOptions : StageOptions
{
    /// <summary>Samples of each class that it leaves.</summary>
    [Range(1, 1 << 20)]
    public required int PerClass { get; init; }

    /// <summary>Work from so many real samples, as a train stage of the same <c>train_samples</c> draws them.
    /// The default is all.</summary>
    [Range(1, int.MaxValue)]
    public int? TrainSamples { get; init; }

    /// <summary>A trained model whose class probabilities every sample gets as its soft label. The default is none.</summary>
    public string? LabelsFrom { get; init; }

    /// <summary>Keep only so many of that model's largest probabilities with each sample, for <c>fkd-soft-labels</c>. The default
    /// is a probability for each class, as the samples' targets.</summary>
    [Range(1, 1 << 20)]
    public int? LabelTopK { get; init; }

    /// <summary>τ, which divides that model's logits before the softmax.</summary>
    [Range(0, 1000, MinimumIsExclusive = true)]
    public double LabelTemperature { get; init; } = 1;
}
