namespace Retort.Data;

/// <summary>Every class equally often: rare classes come more than once an epoch, frequent ones in part.</summary>
/// <remarks>Within a class samples come in turn, each pass in an order of its own. Samples without a label do not come.</remarks>
/// <param name="count">Samples in an epoch; null for as many as the set has.</param>
public sealed class BalancedSampler(int? count = null) : Sampler
{
    /// <inheritdoc/>
    public override int CountOf(Dataset data)
    {
        ArgumentNullException.ThrowIfNull(data);
        return count ?? data.Count;
    }

    /// <inheritdoc/>
    public override int[] Order(Dataset data, ulong seed, long epoch)
    {
        var order = new int[CountOf(data)];
        RandomStream random = StreamOf(seed, epoch);
        int[][] classes = [.. Enumerable.Range(0, data.Count).Where(place => data.Labels[place] != Dataset.NoLabel)
            .GroupBy(place => data.Labels[place]).OrderBy(group => group.Key).Select(group => group.ToArray())];
        if (classes.Length == 0)
            throw new ArgumentException($"'{data.Name}' ({data.Split}) has no labels to balance.", nameof(data));
        var next = new int[classes.Length];
        for (int k = 0; k < order.Length; k += classes.Length)
        {
            int[] turn = random.Permutation(classes.Length);
            for (int i = 0; i < turn.Length && k + i < order.Length; i++)
            {
                int[] members = classes[turn[i]];
                if (next[turn[i]] % members.Length == 0)
                    random.Shuffle<int>(members);
                order[k + i] = members[next[turn[i]]++ % members.Length];
            }
        }
        return order;
    }
}
