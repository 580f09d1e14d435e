namespace Retort.Runs.Index;

/// <summary>A run with the figure that ranks it.</summary>
/// <param name="Run">The run.</param>
/// <param name="Figure">Its figure.</param>
public sealed record RankedRun(RunEntry Run, RunFigure Figure);
