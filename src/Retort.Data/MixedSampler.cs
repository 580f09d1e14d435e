namespace Retort.Data;

/// <summary>Samples with a label and samples without one in turn, so that every batch has as many of both: the fewer come
/// again.</summary>
/// <remarks>Each kind comes in passes, each pass in an order of its own. Where one kind is missing, each sample comes once. An
/// epoch has as many samples as the set.</remarks>
public sealed class MixedSampler : Sampler
{
    /// <inheritdoc/>
    public override int CountOf(Dataset data)
    {
        ArgumentNullException.ThrowIfNull(data);
        return data.Count;
    }

    /// <inheritdoc/>
    public override int[] Order(Dataset data, ulong seed, long epoch)
    {
        var order = new int[CountOf(data)];
        RandomStream random = StreamOf(seed, epoch);
        int[][] kinds = [.. Enumerable.Range(0, data.Count).ToLookup(place => data.Labels[place] != Dataset.NoLabel)
            .OrderByDescending(kind => kind.Key).Select(kind => kind.ToArray())];
        for (int k = 0; k < order.Length; k++)
        {
            int[] members = kinds[k % kinds.Length];
            int turn = k / kinds.Length % members.Length;
            if (turn == 0)
                random.Shuffle<int>(members);
            order[k] = members[turn];
        }

        return order;
    }
}
