namespace Retort.Graphs;

/// <summary>Sets of items that occur together in many of some given sets.</summary>
/// <remarks>Han, Pei and Yin, "Mining Frequent Patterns without Candidate Generation", SIGMOD 2000, doi:10.1145/342009.335372
/// (FP-growth): the given sets as a tree of common prefixes, gone through item by item from the rarest.</remarks>
public static class FrequentSets
{
    /// <summary>Finds all sets that are part of at least so many of the given ones.</summary>
    /// <param name="given">Sets of items, each item once.</param>
    /// <param name="support">How many of them must have a set as a part, at least 1.</param>
    /// <param name="most">How many sets may be found.</param>
    /// <returns>Each with its items in ascending order and its support; the most frequent first, then the larger, then in the
    /// order of their items.</returns>
    /// <exception cref="ArgumentException">There are more than <paramref name="most"/>.</exception>
    public static IReadOnlyList<FrequentSet> Mine(IReadOnlyList<IReadOnlyList<int>> given, int support, int most = 1 << 17)
    {
        ArgumentNullException.ThrowIfNull(given);
        ArgumentOutOfRangeException.ThrowIfLessThan(support, 1);
        var found = new List<FrequentSet>();
        Grow([.. given.Select(g => (g, 1))], support, [], found, most);
        found.Sort(Compare);
        return found;
    }

    /// <summary>Those of which no larger set is part of as many of the given ones: the others say nothing more.</summary>
    /// <param name="sets">Sets that were mined.</param>
    /// <param name="given">What they were mined from.</param>
    public static IReadOnlyList<FrequentSet> Closed(IReadOnlyList<FrequentSet> sets, IReadOnlyList<IReadOnlyList<int>> given)
    {
        ArgumentNullException.ThrowIfNull(sets);
        HashSet<int>[] lookup = [.. given.Select(g => g.ToHashSet())];
        return [.. sets.Where(set =>
        {
            // A set is closed if those that have it have nothing else in common.
            HashSet<int>? common = null;
            foreach (HashSet<int> one in lookup.Where(g => set.Items.All(g.Contains)))
            {
                if (common is null)
                    common = [.. one];
                else
                    common.IntersectWith(one);
                if (common.Count == set.Items.Count)
                    return true;
            }

            return false;
        })];
    }

    private static void Grow(
        IReadOnlyList<(IReadOnlyList<int> Items, int Count)> sets, int support, int[] suffix, List<FrequentSet> found, int most)
    {
        var counts = new Dictionary<int, int>();
        foreach ((IReadOnlyList<int> items, int count) in sets)
        {
            foreach (int item in items)
                counts[item] = counts.GetValueOrDefault(item) + count;
        }

        // The most frequent come first, so that sets share as long prefixes as they can.
        int[] frequent =
        [
            .. counts.Where(c => c.Value >= support).OrderByDescending(c => c.Value).ThenBy(c => c.Key).Select(c => c.Key),
        ];
        Dictionary<int, int> rank = frequent.Index().ToDictionary(f => f.Item, f => f.Index);
        List<Node>[] places = [.. frequent.Select(_ => new List<Node>())];
        var root = new Node(-1, null);
        foreach ((IReadOnlyList<int> items, int count) in sets)
        {
            Node at = root;
            foreach (int place in items.Where(rank.ContainsKey).Select(i => rank[i]).Order())
            {
                if (!at.Children.TryGetValue(place, out Node? next))
                {
                    at.Children[place] = next = new Node(place, at);
                    places[place].Add(next);
                }

                next.Count += count;
                at = next;
            }
        }

        for (int place = frequent.Length - 1; place >= 0; place--)
        {
            int[] set = [.. suffix, frequent[place]];
            if (found.Count == most)
                throw new ArgumentException($"more than {most} sets are that frequent; ask for more support.", nameof(support));
            found.Add(new FrequentSet([.. set.Order()], counts[frequent[place]]));
            (IReadOnlyList<int>, int)[] before =
                [.. places[place].Select(node => ((IReadOnlyList<int>)[.. Above(node).Select(p => frequent[p])], node.Count))];
            Grow(before, support, set, found, most);
        }
    }

    private static IEnumerable<int> Above(Node node)
    {
        for (Node? at = node.Parent; at is { Parent: not null }; at = at.Parent)
            yield return at.Place;
    }

    private static int Compare(FrequentSet a, FrequentSet b)
    {
        int order = b.Support.CompareTo(a.Support);
        if (order == 0)
            order = b.Items.Count.CompareTo(a.Items.Count);
        for (int k = 0; order == 0 && k < a.Items.Count; k++)
            order = a.Items[k].CompareTo(b.Items[k]);
        return order;
    }

    private sealed class Node(int place, Node? parent)
    {
        public int Place { get; } = place;

        public Node? Parent { get; } = parent;

        public int Count { get; set; }

        public Dictionary<int, Node> Children { get; } = [];
    }
}
