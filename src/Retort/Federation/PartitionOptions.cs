using Retort.Data;

namespace Retort.Federation;

/// <summary>What a recipe may write under <c>partition:</c>: how training samples are dealt to clients.</summary>
[Kind("partition")]
public abstract record PartitionOptions
{
    /// <summary>Deals every sample to one client.</summary>
    /// <param name="labels">The samples' classes, 0 to <paramref name="classes"/> − 1.</param>
    /// <param name="classes">How many classes there are.</param>
    /// <param name="clients">How many clients there are, at least 1.</param>
    /// <param name="stream">Decides where chance does.</param>
    /// <returns>Each client's places among the labels, in rising order.</returns>
    /// <exception cref="ArgumentException">The samples cannot be dealt so.</exception>
    public abstract int[][] Deal(IReadOnlyList<long> labels, int classes, int clients, RandomStream stream);

    /// <summary>Places of each class, in random order.</summary>
    protected static int[][] ByClass(IReadOnlyList<long> labels, int classes, RandomStream stream)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(stream);
        int[] order = stream.Permutation(labels.Count);
        ILookup<long, int> places = order.ToLookup(place => labels[place]);
        return [.. Enumerable.Range(0, classes).Select(label => places[label].ToArray())];
    }

    /// <summary>Lists of places as what <see cref="Deal"/> gives.</summary>
    protected static int[][] Sorted(IEnumerable<List<int>> dealt) => [.. dealt.Select(list => list.Order().ToArray())];
}
