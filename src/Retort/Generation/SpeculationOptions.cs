using System.ComponentModel.DataAnnotations;

namespace Retort.Generation;

/// <summary>How a draft model guesses for a target model.</summary>
public sealed record SpeculationOptions
{
    /// <summary>γ, tokens that the draft guesses before the target looks at them. 0 lets the target write alone.</summary>
    [Range(0, 256)]
    public int Guesses { get; init; } = 4;

    /// <summary>How both choose tokens. The acceptance rate depends on it.</summary>
    public SamplingOptions Sampling { get; init; } = new();

    /// <summary>ε in (0, 1]: a guess is kept with probability min(1, p / (ε q)). Below 1 more guesses are kept, and the text is
    /// no longer distributed as the target's.</summary>
    [Range(0, 1, MinimumIsExclusive = true)]
    public double Lenience { get; init; } = 1;
}
