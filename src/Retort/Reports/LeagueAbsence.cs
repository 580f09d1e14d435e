namespace Retort.Reports;

/// <summary>A method that has no row in a league, and why.</summary>
/// <param name="Name">The method.</param>
/// <param name="Reason">What does not fit the recipe, or how its training failed.</param>
/// <param name="HasRun">Whether it began to train.</param>
public sealed record LeagueAbsence(string Name, string Reason, bool HasRun);
