namespace Retort.Atlas;

/// <summary>How entries of the atlas are measured.</summary>
public sealed record AtlasRunOptions
{
    /// <summary>The folder of runs and of the stages that they share.</summary>
    public string Runs { get; init; } = "runs";

    /// <summary>Seeds in the place of the recipe's; the result is then shown and not kept.</summary>
    public Seeds? Seeds { get; init; }
}
