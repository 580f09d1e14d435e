namespace Retort.Generation;

/// <summary>What speculative decoding counted, over any number of texts.</summary>
/// <param name="Tokens">Tokens written.</param>
/// <param name="Calls">Times that the target was run.</param>
/// <param name="Examined">Guesses that the target looked at: those before the first refused one of a round, and that one.</param>
/// <param name="Accepted">Guesses that it kept.</param>
public readonly record struct SpeculationTally(long Tokens, long Calls, long Examined, long Accepted)
{
    /// <summary>α, the share of the examined guesses that were kept; NaN where nothing was guessed. Its expectation is one less
    /// the mean total variation distance of both distributions.</summary>
    public double Acceptance => Examined == 0 ? double.NaN : (double)Accepted / Examined;

    /// <summary>τ, tokens written for each time that the target was run.</summary>
    public double TokensPerCall => (double)Tokens / Calls;

    /// <summary>Both counts together.</summary>
    public SpeculationTally And(SpeculationTally other) =>
        new(Tokens + other.Tokens, Calls + other.Calls, Examined + other.Examined, Accepted + other.Accepted);

    /// <summary>(1 − α^(γ + 1)) / (1 − α): the tokens for each run of the target, were every guess kept with probability α
    /// whatever the others are.</summary>
    /// <param name="acceptance">α in [0, 1].</param>
    /// <param name="guesses">γ.</param>
    public static double ExpectedTokensPerCall(double acceptance, int guesses) =>
        acceptance >= 1 ? guesses + 1 : (1 - Math.Pow(acceptance, guesses + 1)) / (1 - acceptance);
}
