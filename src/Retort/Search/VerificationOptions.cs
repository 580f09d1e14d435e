using System.ComponentModel.DataAnnotations;
using Retort.Training;

namespace Retort.Search;

/// <summary>What a recipe may write under <c>verify:</c> of <c>search</c>: how candidates are trained, to see what the scores are
/// worth. It decides nothing.</summary>
[Noun("verification")]
public sealed record VerificationOptions
{
    /// <summary>How each candidate is trained, all from the same seed and on the same samples.</summary>
    public required TrainingPlan Training { get; init; }

    /// <summary>Trained models that the terms see: stages, or roles with weights.</summary>
    public IReadOnlyList<string> Teachers { get; init; } = [];

    /// <summary>Train on so many samples, those that a train stage of the same <c>train_samples</c> draws. The default is
    /// all.</summary>
    [Range(1, int.MaxValue)]
    public int? TrainSamples { get; init; }

    /// <summary>Only so many, those with the highest scores. The default is all that were scored.</summary>
    [Range(1, int.MaxValue)]
    public int? Top { get; init; }

    /// <summary>The split to measure on.</summary>
    public string Split { get; init; } = "test";
}
