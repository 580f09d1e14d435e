namespace Retort.Evaluation;

/// <summary>A figure over seeds.</summary>
/// <param name="Count">How many seeds.</param>
/// <param name="Mean">Their mean; NaN without values.</param>
/// <param name="StandardDeviation">The sample standard deviation (divisor n − 1); NaN with fewer than two values.</param>
public readonly record struct MeanAndSpread(int Count, double Mean, double StandardDeviation)
{
    /// <summary>The mean's standard error, s / √n; NaN with fewer than two values.</summary>
    public double StandardError => StandardDeviation / Math.Sqrt(Count);

    /// <summary>Summarises values. A NaN among them makes mean and deviation NaN.</summary>
    public static MeanAndSpread Of(ReadOnlySpan<double> values)
    {
        if (values.IsEmpty)
            return new MeanAndSpread(0, double.NaN, double.NaN);

        // Summing equal values rounds, and a model that serves every seed must not get a spread from that.
        if (values.Length > 1 && !values.ContainsAnyExcept(values[0]))
            return new MeanAndSpread(values.Length, values[0], double.IsFinite(values[0]) ? 0 : double.NaN);
        double mean = 0;
        foreach (double value in values)
            mean += value;
        mean /= values.Length;
        if (values.Length == 1)
            return new MeanAndSpread(1, mean, double.NaN);

        // Two passes: the one-pass formula loses all digits where the spread is tiny beside the mean.
        double squares = 0;
        foreach (double value in values)
            squares += (value - mean) * (value - mean);
        return new MeanAndSpread(values.Length, mean, Math.Sqrt(squares / (values.Length - 1)));
    }

    /// <summary>Summarises values. A NaN among them makes mean and deviation NaN.</summary>
    public static MeanAndSpread Of(IReadOnlyList<double> values) => Of([.. values]);

    /// <summary>The middle value, or the mean of the two middle ones; NaN without values. A NaN counts as the
    /// least.</summary>
    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        if (sorted.Length == 0)
            return double.NaN;
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /// <summary>
    /// The standard error of the difference of two means, √(s₁²/n₁ + s₂²/n₂); NaN where either has fewer than two values.
    /// </summary>
    public static double StandardErrorOfDifference(MeanAndSpread first, MeanAndSpread second) =>
        Math.Sqrt(first.StandardError * first.StandardError + second.StandardError * second.StandardError);
}
