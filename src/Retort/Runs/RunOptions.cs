using Retort.Tracking;

namespace Retort.Runs;

/// <summary>How a recipe is run.</summary>
public sealed record RunOptions
{
    /// <summary>The run's folder; the default is <c>runs/NAME</c>.</summary>
    public string? Out { get; init; }

    /// <summary>Whether to take up the checkpoints of an interrupted run. Finished stages are used again in any case.</summary>
    public bool Resume { get; init; }

    /// <summary>A folder in which runs share finished stages: what another run computed with the same key is copied from there,
    /// and what this one computes is left there. A stage that came from there has no curves in this run.
    /// The default shares nothing.</summary>
    public string? StageStore { get; init; }

    /// <summary>Seeds in the place of the recipe's.</summary>
    public Seeds? Seeds { get; init; }

    /// <summary>The command line that repeats the run, for the report.</summary>
    public string? CommandLine { get; init; }

    /// <summary>What the recipe can name: Retort's own catalogue, or one with further assemblies.</summary>
    public ComponentRegistry Registry { get; init; } = RetortCatalog.Default;

    /// <summary>Further destinations of figures, beside metrics.jsonl and TensorBoard.</summary>
    public IReadOnlyList<ITracker> Trackers { get; init; } = [];
}
