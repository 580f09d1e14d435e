using System.ComponentModel.DataAnnotations;
using Retort.Data;

namespace Retort.Federation.Partitions;

/// <summary>Classes are dealt to groups in turn, and each group's samples evenly to its clients; client i is of group i mod
/// groups.</summary>
[Named("groups")]
public sealed record GroupPartition : PartitionOptions
{
    /// <summary>How many groups; with 1 all clients have samples of the same distribution.</summary>
    [Range(1, 10_000)]
    public int Groups { get; init; } = 1;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">There are fewer clients or classes than groups.</exception>
    public override int[][] Deal(IReadOnlyList<long> labels, int classes, int clients, RandomStream stream)
    {
        if (Groups > Math.Min(classes, clients))
        {
            throw new ArgumentException(
                $"{Groups} groups need as many classes and clients; there are {classes} classes and {clients} clients.");
        }
        int[][] places = ByClass(labels, classes, stream);
        var dealt = Enumerable.Range(0, clients).Select(_ => new List<int>()).ToArray();
        for (int label = 0; label < classes; label++)
        {
            int[] members = [.. Enumerable.Range(0, clients).Where(client => client % Groups == label % Groups)];
            for (int k = 0; k < places[label].Length; k++)
                dealt[members[k % members.Length]].Add(places[label][k]);
        }

        return Sorted(dealt);
    }
}
