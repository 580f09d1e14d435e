using Retort.Data;

namespace Retort.Search.Strategies;

/// <summary>Scores every architecture of the space.</summary>
[Named("enumerate")]
public sealed record EnumerateStrategy : SearchStrategyOptions
{
    private const int Most = 10_000;

    /// <inheritdoc/>
    public override int EvaluationsOf(long size) => (int)Math.Min(size, Most);

    /// <inheritdoc/>
    public override string? Refusal(long size) => size <= Most ? null : FormattableString.Invariant(
        $"the space has {size} architectures, and at most {Most} are enumerated");

    /// <inheritdoc/>
    public override long? Propose(SearchHistory history, RandomStream chance)
    {
        ArgumentNullException.ThrowIfNull(history);
        // They come in order, so what lies before the last one was scored or is not allowed.
        long from = history.Scored.Count == 0 ? 0 : history.Scored[^1].Number + 1;
        return from == history.Size ? null : history.NextOpen(from, history.Size - from);
    }
}
