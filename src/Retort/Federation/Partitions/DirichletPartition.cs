using System.ComponentModel.DataAnnotations;
using Retort.Data;

namespace Retort.Federation.Partitions;

/// <summary>Each class is divided among the clients in proportions drawn from a Dirichlet distribution.</summary>
/// <remarks>Hsu, Qi and Brown, arXiv:1909.06335. Drawn again until the smallest client has enough.</remarks>
[Named("dirichlet")]
public sealed record DirichletPartition : PartitionOptions
{
    private const int MostDraws = 10_000;

    /// <summary>α: 0.1 gives a client a few classes of its own, 100 nearly the same of all.</summary>
    [Range(0, 1e6, MinimumIsExclusive = true)]
    public double Alpha { get; init; } = 0.3;

    /// <summary>The fewest samples that a client may have.</summary>
    [Range(1, int.MaxValue)]
    public int Least { get; init; } = 16;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">No draw of many gave every client enough.</exception>
    public override int[][] Deal(IReadOnlyList<long> labels, int classes, int clients, RandomStream stream)
    {
        for (int draw = 0; draw < MostDraws; draw++)
        {
            var dealt = Enumerable.Range(0, clients).Select(_ => new List<int>()).ToArray();
            foreach (int[] places in ByClass(labels, classes, stream))
            {
                double[] shares = [.. Enumerable.Range(0, clients).Select(_ => stream.NextGamma(Alpha))];
                double sum = shares.Sum(), before = 0;
                if (!(sum > 0))
                    continue;
                for (int client = 0; client < clients; client++)
                {
                    int from = (int)Math.Round(before / sum * places.Length);
                    before += shares[client];
                    int to = client == clients - 1 ? places.Length : (int)Math.Round(before / sum * places.Length);
                    dealt[client].AddRange(places.AsSpan(from, to - from));
                }
            }

            if (dealt.Min(d => d.Count) >= Least && dealt.Sum(d => d.Count) == labels.Count)
                return Sorted(dealt);
        }

        throw new ArgumentException(
            $"{labels.Count} samples could not be dealt to {clients} clients with at least {Least} each at alpha {Alpha}; "
            + "raise alpha or lower `least`.");
    }
}
