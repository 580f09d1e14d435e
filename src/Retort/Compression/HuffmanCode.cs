namespace Retort.Compression;

/// <summary>How long the words of the best prefix code are.</summary>
public static class HuffmanCode
{
    /// <summary>The mean length of a word in bits.</summary>
    /// <param name="counts">How often each symbol comes, at least 0.</param>
    /// <returns>0 where fewer than two symbols come at all.</returns>
    public static double MeanLength(IEnumerable<long> counts)
    {
        ArgumentNullException.ThrowIfNull(counts);
        var queue = new PriorityQueue<long, long>();
        foreach (long count in counts.Where(c => c > 0))
            queue.Enqueue(count, count);
        double total = 0, words = 0;
        foreach ((long count, _) in queue.UnorderedItems)
            words += count;

        // Each joint of the tree adds a bit to all words below it.
        while (queue.Count > 1)
        {
            long joint = queue.Dequeue() + queue.Dequeue();
            total += joint;
            queue.Enqueue(joint, joint);
        }

        return words > 0 ? total / words : 0;
    }
}
