using Retort.Runs;

namespace Retort.Comparison;

/// <summary>How settings are searched for.</summary>
public sealed record TuningOptions
{
    /// <summary>The methods; none for those that the stage itself names. The student trained alone is searched too.</summary>
    public IReadOnlyList<MethodChoice> Methods { get; init; } = [];

    /// <summary>Full trainings for each method, the student trained alone included.</summary>
    public int Budget { get; init; } = 8;

    /// <summary>How the budget is spent.</summary>
    public SearchStrategy Strategy { get; init; }

    /// <summary>Decides which settings are tried.</summary>
    public long Seed { get; init; }

    /// <summary>Seeds that every trial trains with; null for the recipe's first. A trial's figure is the mean over
    /// them.</summary>
    public Seeds? Seeds { get; init; }

    /// <summary>The folder of the search; the default is <c>runs/tune-NAME</c>.</summary>
    public string? Out { get; init; }

    /// <summary>The stage whose criteria the methods replace; null where the recipe has one distilled stage only.</summary>
    public string? Stage { get; init; }

    /// <summary>What the recipe can name.</summary>
    public ComponentRegistry Registry { get; init; } = RetortCatalog.Default;

    /// <summary>Told what happens, a line at a time.</summary>
    public Action<string>? Say { get; init; }
}
