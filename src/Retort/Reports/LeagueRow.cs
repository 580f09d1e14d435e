using Retort.Evaluation;

namespace Retort.Reports;

/// <summary>A method's place in a <see cref="LeagueTable"/>.</summary>
public sealed record LeagueRow
{
    /// <summary>From 1, the best mean first. Rows without a mean come last.</summary>
    public required int Rank { get; init; }

    /// <summary>What was measured.</summary>
    public required LeagueEntry Entry { get; init; }

    /// <summary>Mean and spread over the seeds.</summary>
    public required MeanAndSpread Spread { get; init; }

    /// <summary>Against the student trained alone; null for that row itself or where there is none.</summary>
    public LeagueComparison? AgainstBaseline { get; init; }

    /// <summary>Against the reference method, such as <c>kd</c>; null for that row itself or where there is none.</summary>
    public LeagueComparison? AgainstReference { get; init; }
}
