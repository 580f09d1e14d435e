namespace Retort.Atlas;

/// <summary>How entries of the atlas are measured.</summary>
public sealed record AtlasRunOptions
{
    /// <summary>The folder of runs and of the stages that they share.</summary>
    public string Runs { get; init; } = "runs";

    /// <summary>Seeds in the place of the recipe's; the result is then shown and not kept.</summary>
    public Seeds? Seeds { get; init; }

    /// <summary>How many seeds are computed side by side, from 1; the processors are divided among them.</summary>
    public int Jobs { get; init; } = 1;

    /// <summary>Retort's command line, by which seeds beside others are run in processes of their own;
    /// one job needs none.</summary>
    public IReadOnlyList<string>? Program { get; init; }

    /// <summary>Told what those processes say of their progress, a line at a time.</summary>
    public Action<string>? Say { get; init; }
}
