using Retort.Runs;

namespace Retort.Comparison;

/// <summary>How methods are compared.</summary>
public sealed record ComparisonOptions
{
    /// <summary>The methods, with the settings that they are given.</summary>
    public required IReadOnlyList<MethodChoice> Methods { get; init; }

    /// <summary>The method that the others are tested against, beside the student trained alone; it is added where it is missing.
    /// Null for none.</summary>
    public string? Reference { get; init; } = "kd";

    /// <summary>The folder of the comparison; the default is <c>runs/compare-NAME</c>.</summary>
    public string? Out { get; init; }

    /// <summary>Seeds in the place of the recipe's.</summary>
    public Seeds? Seeds { get; init; }

    /// <summary>The stage whose criteria the methods replace; null where the recipe has one distilled stage only.</summary>
    public string? Stage { get; init; }

    /// <summary>Whether methods whose weight nobody chose get <c>weight: auto</c> rather than the published one.</summary>
    public bool AutoWeight { get; init; }

    /// <summary>Settings that <see cref="MethodTuning"/> found; null for none.</summary>
    public TunedSettings? Tuned { get; init; }

    /// <summary>Whether a method that cannot run stops everything, rather than being listed.</summary>
    public bool Strict { get; init; }

    /// <summary>The program and first arguments that run Retort's command line, so that each method trains in a process of its
    /// own and
    /// its memory can be told; null to train in this process, where it cannot.</summary>
    public IReadOnlyList<string>? Program { get; init; }

    /// <summary>What follows the other arguments of such a process, such as the plug-ins behind <see cref="Registry"/>.</summary>
    public IReadOnlyList<string> ProgramOptions { get; init; } = [];

    /// <summary>What the recipe can name.</summary>
    public ComponentRegistry Registry { get; init; } = RetortCatalog.Default;

    /// <summary>Told what happens, a line at a time.</summary>
    public Action<string>? Say { get; init; }

    /// <summary>The command line that repeats the comparison, for the page.</summary>
    public string? CommandLine { get; init; }
}
