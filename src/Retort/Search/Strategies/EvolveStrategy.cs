using System.ComponentModel.DataAnnotations;
using Retort.Data;

namespace Retort.Search.Strategies;

/// <summary>A population whose best beget the next candidate, by mutation or by crossing two; the worst of all leaves.</summary>
/// <remarks>A child that was scored before, or is beyond the budget, is not scored; after many such in a row the next open
/// architecture after a random one takes its place.</remarks>
[Named("evolve")]
public sealed record EvolveStrategy : SearchStrategyOptions
{
    // In a space that is mostly scored or mostly forbidden, children are seldom open.
    private const int Tries = 100;
    private const int LongestWalk = 10_000;

    /// <summary>How many architectures are scored at most, those of the first population included.</summary>
    [Range(1, 1_000_000)]
    public int Evaluations { get; init; } = 1000;

    /// <summary>Architectures that are drawn at first, and kept from then on: always the best so far.</summary>
    [Range(1, 100_000)]
    public int Population { get; init; } = 50;

    /// <summary>How many of the best may be parents.</summary>
    [Range(1, 100_000)]
    public int Parents { get; init; } = 10;

    /// <summary>How often a child has two parents, each option from either; else it is one parent with an option or two
    /// changed.</summary>
    [Range(0.0, 1.0)]
    public double Crossover { get; init; } = 0.5;

    /// <inheritdoc/>
    public override int EvaluationsOf(long size) => (int)Math.Min(size, Evaluations);

    /// <inheritdoc/>
    public override long? Propose(SearchHistory history, RandomStream chance)
    {
        ArgumentNullException.ThrowIfNull(history);
        ArgumentNullException.ThrowIfNull(chance);
        // Whoever enters pushes out the worst, so at any time the population is the best of all that were scored.
        long[] parents = history.Scored.Count < Population ? [] : [.. history.Scored
            .OrderByDescending(s => s.Score).Take(Math.Min(Parents, Population)).Select(s => s.Number)];
        for (int attempt = 0; attempt < Tries; attempt++)
        {
            long child = parents.Length == 0 ? chance.NextInt64(history.Size) : Child(history, parents, chance);
            if (history.IsOpen(child))
                return child;
        }

        return history.NextOpen(chance.NextInt64(history.Size), LongestWalk);
    }

    private long Child(SearchHistory history, long[] parents, RandomStream chance)
    {
        int[] child = history.ChoiceOf(parents[chance.NextInt(parents.Length)]);
        if (chance.NextBoolean(Crossover))
        {
            int[] other = history.ChoiceOf(parents[chance.NextInt(parents.Length)]);
            for (int k = 0; k < child.Length; k++)
                child[k] = chance.NextBoolean() ? child[k] : other[k];
            return history.NumberOf(child);
        }

        int changed = chance.NextInt(child.Length);
        for (int k = 0; k < child.Length; k++)
        {
            if (k == changed || chance.NextBoolean(1.0 / child.Length))
                child[k] = chance.NextInt(history.Sizes[k]);
        }

        return history.NumberOf(child);
    }
}
