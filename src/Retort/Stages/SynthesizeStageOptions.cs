using System.ComponentModel.DataAnnotations;
using Retort.Synthesis;
using Retort.Training;
using Retort.Training.Optimizers;

namespace Retort.Stages;

/// <summary>What a recipe may write under <c>synthesize:</c>.</summary>
public sealed record SynthesizeStageOptions : DataStageOptions
{
    /// <summary>How the samples are made.</summary>
    public required SynthesizerOptions By { get; init; }

    /// <summary>The role whose kind of network they are made for. Methods that work with trained networks alone need
    /// none.</summary>
    public string? Role { get; init; }

    /// <summary>Trained models that they are made from, for methods that need such.</summary>
    public IReadOnlyList<string> Teachers { get; init; } = [];

    /// <summary>The stage that recorded trainings of the role's network, for methods that follow such.</summary>
    public string? Trajectories { get; init; }

    /// <summary>Updates of the samples.</summary>
    [Range(1, 100_000_000)]
    public long Steps { get; init; } = 1000;

    /// <summary>What the samples are at first.</summary>
    public SynthesisStart Start { get; init; }

    /// <summary>How the samples move. The default is plain gradient descent with momentum ½ and a rate of 0.1.</summary>
    public OptimizerOptions Optimizer { get; init; } = new SgdChoice { Momentum = 0.5 };

    /// <summary>The factor of the samples' learning rate over the steps.</summary>
    [Range(0, double.MaxValue)]
    public Schedule Schedule { get; init; } = Schedule.Constant(1);

    /// <summary>Steps between checkpoints.</summary>
    [Range(1, int.MaxValue)]
    public int CheckpointEvery { get; init; } = 100;
}

/// <summary>What samples are before they are optimised.</summary>
public enum SynthesisStart
{
    /// <summary>Real samples of their class, drawn by chance.</summary>
    Real,

    /// <summary>Normal noise of mean 0 and deviation 1 in normalised units.</summary>
    Noise,
}
