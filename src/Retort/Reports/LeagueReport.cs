namespace Retort.Reports;

/// <summary>A league table with all that its page and its JSON say around it.</summary>
public sealed record LeagueReport
{
    /// <summary>The table.</summary>
    public required LeagueTable Table { get; init; }

    /// <summary>What the page is called.</summary>
    public required string Title { get; init; }

    /// <summary>What the recipe says that it shows; empty for nothing.</summary>
    public string Description { get; init; } = "";

    /// <summary>The teacher's figures on the same split; null where there is none.</summary>
    public LeagueEntry? Teacher { get; init; }

    /// <summary>Methods that have no row.</summary>
    public IReadOnlyList<LeagueAbsence> Absent { get; init; } = [];

    /// <summary>How settings were chosen, in a sentence or two; empty where everything ran with its defaults.</summary>
    public string Tuning { get; init; } = "";

    /// <summary>The recipe that methods were put into, as YAML.</summary>
    public string RecipeYaml { get; init; } = "";

    /// <summary>Commands that give the same table again.</summary>
    public IReadOnlyList<string> Reproduce { get; init; } = [];

    /// <summary>What it ran on.</summary>
    public RunEnvironment? Environment { get; init; }

    /// <summary>When it ended, in UTC.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>Seconds of computing over all stages, those used again counted as when they were computed; NaN where not
    /// known.</summary>
    public double WallSeconds { get; init; } = double.NaN;
}
