namespace Retort.Reports.Plots;

/// <summary>What an axis shows.</summary>
public sealed record Axis
{
    /// <summary>Its title, with the unit; empty for none.</summary>
    public string Label { get; init; } = "";

    /// <summary>Logarithmic. Values of 0 and below are then left out of the plot.</summary>
    public bool IsLog { get; init; }

    /// <summary>How its values are written.</summary>
    public ValueFormat Format { get; init; }

    /// <summary>The least value that must be on it; by default what the data needs.</summary>
    public double? Minimum { get; init; }

    /// <summary>The largest value that must be on it; by default what the data needs.</summary>
    public double? Maximum { get; init; }
}
