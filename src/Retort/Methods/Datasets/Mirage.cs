using System.ComponentModel.DataAnnotations;
using Retort.Data;
using Retort.Data.Graphs;
using Retort.Graphs;

namespace Retort.Methods.Datasets;

/// <summary>Instead of graphs, the sets of computation trees that often occur together in graphs of a class.</summary>
/// <remarks>
/// <para><b>Paper.</b> Gupta et al., "Mirage: Model-Agnostic Graph Distillation for Graph Classification", ICLR 2024,
/// arXiv:2310.09486, section 3.</para>
/// <para><b>Equation.</b> For each graph S = {tree(v, L) : v a node}, tree(v, L) being v, those that send to it, those that send
/// to these, L edges down. For each class the patterns are the sets of trees that are part of S for at least a share θ of its
/// graphs (FP-growth). A sample is a pattern: its trees side by side, edges from child to parent, their roots pooled; training
/// draws it in proportion to how many graphs have it.</para>
/// <para><b>Needs.</b> Graphs whose nodes have labels, a network of at most L layers that pools roots (<c>gin</c>), a train stage
/// with <c>train_on</c> and <c>sample_by: weight</c>. No gradient and no network: the set serves any network of messages. Nodes
/// that get no message are left out.</para>
/// <para><b>Variants.</b> The paper mines all frequent sets (<c>closed: false</c>) and gives thresholds as numbers of graphs; its
/// code computes frequencies and then goes through the patterns evenly. Here weights of a class add up to its share of the
/// graphs. Tested are whole graphs, all nodes pooled; the code tests on the known trees of a graph where it has any.</para>
/// </remarks>
[Method("mirage", Title = "Mirage", Family = MethodFamily.Dataset, Year = 2024, Paper = "arXiv:2310.09486",
    Recipe = "methods/mirage.yaml")]
public sealed class Mirage(MirageOptions options) : GraphCondenser
{
    private readonly MirageOptions _options = options;

    /// <inheritdoc/>
    public override CondensedGraphs Condense(
        IReadOnlyList<LabelledGraph> graphs, IReadOnlyList<long> labels, int classes, RandomStream random)
    {
        ArgumentNullException.ThrowIfNull(graphs);
        ArgumentNullException.ThrowIfNull(labels);
        if (_options.Support.Count != 1 && _options.Support.Count != classes)
        {
            throw new ArgumentException(
                $"support: {_options.Support.Count} shares for {classes} classes; give one for all, or one a class.");
        }

        var trees = new ComputationTrees();
        int[][] sets = [.. graphs.Select(graph => TreesOf(trees, graph))];
        var made = new List<LabelledGraph>();
        var classOf = new List<long>();
        var weights = new List<double>();
        var used = new HashSet<int>();
        long bytes = 0;
        for (int label = 0; label < classes; label++)
        {
            int[] members = [.. Enumerable.Range(0, graphs.Count).Where(k => labels[k] == label)];
            if (members.Length == 0)
                continue;
            IReadOnlyList<FrequentSet> patterns = Patterns([.. members.Select(k => sets[k])], label);
            double total = patterns.Sum(p => (double)p.Support);
            foreach (FrequentSet pattern in patterns)
            {
                made.Add(trees.Union(pattern.Items));
                classOf.Add(label);
                weights.Add(pattern.Support / total * members.Length / graphs.Count);
                used.UnionWith(pattern.Items);

                // Its trees' numbers, how many they are, its frequency and its class.
                bytes += CondensedGraphs.NumberBytes * (pattern.Items.Count + 3L);
            }
        }

        // A tree that several patterns have is stored once, as a label a node and an edge to each node but the root.
        bytes += used.Sum(tree => CondensedGraphs.NumberBytes * (trees.SizeOf(tree) + (2 * (trees.SizeOf(tree) - 1))));
        return new CondensedGraphs(made, classOf, weights, bytes);
    }

    private int[] TreesOf(ComputationTrees trees, LabelledGraph graph)
    {
        IReadOnlyList<IReadOnlyList<int>> senders = graph.Senders();
        return [.. trees.Of(graph, _options.Depth).Where((_, node) => senders[node].Count > 0).Distinct()];
    }

    private IReadOnlyList<FrequentSet> Patterns(int[][] sets, int label)
    {
        double share = _options.Support[Math.Min(label, _options.Support.Count - 1)];
        int support = Math.Max(1, (int)Math.Ceiling((share * sets.Length) - 1e-9));
        IReadOnlyList<FrequentSet> patterns = FrequentSets.Mine(sets, support);
        if (_options.Closed)
            patterns = FrequentSets.Closed(patterns, sets);
        if (patterns.Count == 0)
        {
            throw new ArgumentException(
                $"no tree occurs in {support} of the {sets.Length} graphs of class {label}; ask for less support or depth.");
        }

        return _options.Most is { } most && most < patterns.Count ? [.. patterns.Take(most)] : patterns;
    }
}

/// <summary>What a recipe may write under <c>mirage:</c>.</summary>
public sealed record MirageOptions : GraphCondenserOptions
{
    /// <summary>L, edges from a tree's root down: at least the layers of the networks that learn from the set.</summary>
    [Range(1, 16)]
    public int Depth { get; init; } = 3;

    /// <summary>θ, the share of a class's graphs that must have a pattern: one for all classes, or one a class.</summary>
    [MinLength(1)]
    [Range(0, 1, MinimumIsExclusive = true)]
    public IReadOnlyList<double> Support { get; init; } = [0.3];

    /// <summary>Leave out a pattern where a larger one is as frequent.</summary>
    public bool Closed { get; init; }

    /// <summary>The most patterns of a class, the most frequent first; null for all.</summary>
    [Range(1, int.MaxValue)]
    public int? Most { get; init; }
}
