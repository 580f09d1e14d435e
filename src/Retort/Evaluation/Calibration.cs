namespace Retort.Evaluation;

/// <summary>Confidence against accuracy in bins, and the calibration errors they give.</summary>
/// <remarks>
/// Equal width: Guo et al., "On Calibration of Modern Neural Networks", ICML 2017, arXiv:1706.04599, equation 3.
/// Equal mass over the top label's confidence: Mukhoti et al., "Calibrating Deep Neural Networks using Focal Loss",
/// NeurIPS 2020, arXiv:2002.09437, section 3 (there called AdaECE).
/// </remarks>
public static class Calibration
{
    private const int MostBins = 10_000;

    /// <summary>Sorts samples into bins (0, 1/B], (1/B, 2/B], …; the lowest holds a confidence of 0 too.</summary>
    /// <param name="confidences">Each in 0 … 1.</param>
    /// <param name="correct">Whether that sample's prediction is right.</param>
    /// <param name="bins">B, 1 … 10,000.</param>
    public static IReadOnlyList<ReliabilityBin> EqualWidthBins(
        IReadOnlyList<double> confidences, IReadOnlyList<bool> correct, int bins)
    {
        Require(confidences, correct, bins);
        var counts = new long[bins];
        var right = new long[bins];
        var sums = new double[bins];
        for (int i = 0; i < confidences.Count; i++)
        {
            int bin = Math.Clamp((int)Math.Ceiling(confidences[i] * bins) - 1, 0, bins - 1);
            counts[bin]++;
            right[bin] += correct[i] ? 1 : 0;
            sums[bin] += confidences[i];
        }

        var result = new ReliabilityBin[bins];
        for (int b = 0; b < bins; b++)
            result[b] = Bin((double)b / bins, (double)(b + 1) / bins, counts[b], sums[b], right[b]);
        return result;
    }

    /// <summary>Sorts samples by confidence and cuts them into bins whose sizes differ by at most one.</summary>
    /// <remarks>Equal confidences keep the samples' order, so the same input always gives the same bins.</remarks>
    /// <inheritdoc cref="EqualWidthBins"/>
    public static IReadOnlyList<ReliabilityBin> EqualMassBins(
        IReadOnlyList<double> confidences, IReadOnlyList<bool> correct, int bins)
    {
        Require(confidences, correct, bins);
        int[] order = [.. Enumerable.Range(0, confidences.Count).OrderBy(i => confidences[i])];
        var result = new List<ReliabilityBin>(Math.Min(bins, order.Length));
        double lower = 0;
        for (int b = 0; b < bins; b++)
        {
            int from = (int)((long)order.Length * b / bins);
            int to = (int)((long)order.Length * (b + 1) / bins);
            if (from == to)
                continue;
            double sum = 0;
            long right = 0;
            foreach (int i in order.AsSpan(from, to - from))
            {
                sum += confidences[i];
                right += correct[i] ? 1 : 0;
            }

            double upper = confidences[order[to - 1]];
            result.Add(Bin(lower, upper, to - from, sum, right));
            lower = upper;
        }

        return result;
    }

    /// <summary>Σ_b n_b/N · |accuracy_b − confidence_b|; NaN without samples.</summary>
    public static double Error(IReadOnlyList<ReliabilityBin> bins)
    {
        ArgumentNullException.ThrowIfNull(bins);
        long total = bins.Sum(b => b.Count);
        double sum = bins.Where(b => b.Count > 0).Sum(b => b.Count * Math.Abs(b.Accuracy - b.Confidence));
        return total == 0 ? double.NaN : sum / total;
    }

    /// <summary>Adds up bins of several seeds. All must have the same edges.</summary>
    /// <exception cref="ArgumentException">There is nothing to add up, or the edges differ.</exception>
    public static IReadOnlyList<ReliabilityBin> Pool(IReadOnlyList<IReadOnlyList<ReliabilityBin>> seeds)
    {
        ArgumentNullException.ThrowIfNull(seeds);
        if (seeds.Count == 0)
            throw new ArgumentException("'seeds' is empty; bins of at least one seed are needed.", nameof(seeds));
        var result = new ReliabilityBin[seeds[0].Count];
        for (int b = 0; b < result.Length; b++)
        {
            ReliabilityBin first = seeds[0][b];
            long count = 0;
            double confidence = 0, right = 0;
            foreach (IReadOnlyList<ReliabilityBin> seed in seeds)
            {
                if (seed.Count != result.Length || seed[b].Lower != first.Lower || seed[b].Upper != first.Upper)
                    throw new ArgumentException("'seeds' have bins with different edges; only equal ones add up.", nameof(seeds));
                if (seed[b].Count == 0)
                    continue;
                count += seed[b].Count;
                confidence += seed[b].Count * seed[b].Confidence;
                right += seed[b].Count * seed[b].Accuracy;
            }

            result[b] = Bin(first.Lower, first.Upper, count, confidence, right);
        }

        return result;
    }

    // 0 / 0 is the NaN that an empty bin is documented to hold.
    private static ReliabilityBin Bin(double lower, double upper, long count, double confidenceSum, double right) =>
        new(lower, upper, count, confidenceSum / count, right / count);

    private static void Require(IReadOnlyList<double> confidences, IReadOnlyList<bool> correct, int bins)
    {
        ArgumentNullException.ThrowIfNull(confidences);
        ArgumentNullException.ThrowIfNull(correct);
        ArgumentOutOfRangeException.ThrowIfLessThan(bins, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bins, MostBins);
        if (confidences.Count != correct.Count)
        {
            throw new ArgumentException(
                $"'confidences' has {confidences.Count} values and 'correct' {correct.Count}; they must be one a sample.",
                nameof(correct));
        }
    }
}
