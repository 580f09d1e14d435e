namespace Retort.Evaluation;

/// <summary>How well scores tell two classes apart, whatever threshold one would set.</summary>
public static class RankedPairs
{
    /// <summary>The area under the curve of true against false positives: the share of pairs of a positive and a negative sample
    /// in which the positive one has the higher score, ties counting half.</summary>
    /// <param name="scores">One a sample; a score that is no number ranks below all.</param>
    /// <param name="positive">Which samples are positive.</param>
    /// <returns>0 to 1; NaN where a class has no sample.</returns>
    /// <exception cref="ArgumentException">There is not one mark a score.</exception>
    public static double Area(IReadOnlyList<double> scores, IReadOnlyList<bool> positive)
    {
        ArgumentNullException.ThrowIfNull(scores);
        ArgumentNullException.ThrowIfNull(positive);
        if (scores.Count != positive.Count)
            throw new ArgumentException($"{positive.Count} marks for {scores.Count} scores.", nameof(positive));
        double ahead = 0;
        long below = 0, positives = 0;

        // From the lowest score up, all equal ones at once; NaN is the least of doubles to OrderBy.
        foreach (IGrouping<double, int> equal in Enumerable.Range(0, scores.Count).GroupBy(k => scores[k]).OrderBy(g => g.Key))
        {
            long here = equal.LongCount(k => positive[k]), others = equal.LongCount() - here;
            ahead += here * (below + (others / 2.0));
            below += others;
            positives += here;
        }

        return ahead / ((double)positives * below);
    }
}
