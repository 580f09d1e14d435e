
namespace Retort.Reports.Plots;

/// <summary>A row of an <see cref="IntervalPlot"/>.</summary>
public sealed record IntervalRow
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Its values.</summary>
    public required IReadOnlyList<double> Values { get; init; }

    /// <summary>What each value is, for hovering: <c>seed 0</c>.</summary>
    public IReadOnlyList<string> ValueNames { get; init; } = [];

    /// <summary>Its colour.</summary>
    public PlotColor Color { get; init; }

    /// <summary>Whether its values differ. A model that serves every seed has one value, however often it stands there.</summary>
    internal bool HasSpread => Values.Distinct().Count() > 1;
}
