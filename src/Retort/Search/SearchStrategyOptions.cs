using Retort.Data;

namespace Retort.Search;

/// <summary>What a recipe may write under <c>strategy:</c> of <c>search</c>: which architectures of the space are
/// scored.</summary>
/// <remarks>What a strategy proposes depends on the history and the given chance alone, so that an interrupted search goes on as
/// if it had not been.</remarks>
[Kind("search strategy")]
public abstract record SearchStrategyOptions
{
    /// <summary>How many candidates are scored at most.</summary>
    /// <param name="size">How many architectures the space has.</param>
    public abstract int EvaluationsOf(long size);

    /// <summary>Why it is not meant for a space; null where it is.</summary>
    /// <param name="size">How many architectures the space has.</param>
    public virtual string? Refusal(long size) => null;

    /// <summary>The next candidate to score.</summary>
    /// <param name="history">What was scored so far, and what may be.</param>
    /// <param name="chance">Decides whatever is left to chance in this step.</param>
    /// <returns>A number from 0 to the space's size less one that is allowed and new; null where there is none left.</returns>
    public abstract long? Propose(SearchHistory history, RandomStream chance);
}
