using System.ComponentModel.DataAnnotations;
using Retort.Data;
using Retort.Data.Graphs;

namespace Retort.Graphs;

/// <summary>Graphs by chance, class by class in proportion, until they take a share of the bytes: what every other small set must
/// beat.</summary>
[Named("random-graphs")]
public sealed class RandomGraphs(RandomGraphsOptions options) : GraphCondenser
{
    /// <inheritdoc/>
    public override CondensedGraphs Condense(
        IReadOnlyList<LabelledGraph> graphs, IReadOnlyList<long> labels, int classes, RandomStream random)
    {
        ArgumentNullException.ThrowIfNull(graphs);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(random);
        int[] order = random.Permutation(graphs.Count);
        var sizes = labels.CountBy(l => l).ToDictionary();
        var seen = new Dictionary<long, int>();
        var chosen = new List<int>();
        long budget = (long)Math.Ceiling(options.Share * CondensedGraphs.BytesOf(graphs)), bytes = 0;
        (double Share, int Place)[] turns = Array.ConvertAll(order, place =>
        {
            int rank = seen[labels[place]] = seen.GetValueOrDefault(labels[place]) + 1;
            return ((rank - 0.5) / sizes[labels[place]], place);
        });
        foreach ((_, int place) in turns.OrderBy(t => t.Share))
        {
            if (bytes >= budget)
                break;
            chosen.Add(place);
            bytes += CondensedGraphs.BytesOf([graphs[place]]);
        }

        chosen.Sort();
        return new CondensedGraphs(
            [.. chosen.Select(k => graphs[k])], [.. chosen.Select(k => labels[k])], [.. chosen.Select(_ => 1.0)], bytes);
    }
}

/// <summary>What a recipe may write under <c>random-graphs:</c>.</summary>
public sealed record RandomGraphsOptions : GraphCondenserOptions
{
    /// <summary>The share of the bytes of all training graphs; the last graph may go over it.</summary>
    [Range(0, 1, MinimumIsExclusive = true)]
    public double Share { get; init; } = 0.25;
}
