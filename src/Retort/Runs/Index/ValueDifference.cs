namespace Retort.Runs.Index;

/// <summary>A value that two runs do not share.</summary>
/// <param name="Key">The recipe's path, as <c>--set</c> takes it, or the environment's name.</param>
/// <param name="First">The first run's value; null where it has none.</param>
/// <param name="Second">The second run's value; null where it has none.</param>
public sealed record ValueDifference(string Key, string? First, string? Second);
