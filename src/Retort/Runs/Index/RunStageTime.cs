namespace Retort.Runs.Index;

/// <summary>A stage of a run under one seed, and how long it took.</summary>
/// <param name="Stage">Its name.</param>
/// <param name="Seed">The seed.</param>
/// <param name="WallSeconds">Seconds that it computed; NaN where it is not finished.</param>
/// <param name="IsDone">Whether its result is there; a stage that is not done may have a checkpoint.</param>
public sealed record RunStageTime(string Stage, long Seed, double WallSeconds, bool IsDone);
