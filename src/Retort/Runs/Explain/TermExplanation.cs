namespace Retort.Runs.Explain;

/// <summary>A loss term: its weight, what it taps, and the parts that it trains beside the student.</summary>
public sealed record TermExplanation
{
    /// <summary>The criterion's slug.</summary>
    public required string Name { get; init; }

    /// <summary>Its weight: a number, or how it changes.</summary>
    public required string Weight { get; init; }

    /// <summary>Numbers in its own trainable parts, such as projectors.</summary>
    public required long Parameters { get; init; }

    /// <summary>The tensors that it taps.</summary>
    public required IReadOnlyList<TapExplanation> Taps { get; init; }
}
