namespace Retort.Evaluation;

/// <summary>A paired t-test: the same seeds with two methods.</summary>
/// <param name="Pairs">How many pairs.</param>
/// <param name="MeanDifference">The mean of first − second; NaN without pairs.</param>
/// <param name="StandardError">The standard error of that mean; NaN with fewer than two pairs.</param>
/// <param name="T">The test statistic; infinite where all differences are equal and not 0; NaN with fewer than two pairs.</param>
/// <param name="PValue">
/// The two-sided probability of a statistic at least as far from 0 where there is no difference; 1 where all differences
/// are 0; NaN with fewer than two pairs.
/// </param>
public readonly record struct PairedTest(int Pairs, double MeanDifference, double StandardError, double T, double PValue)
{
    /// <summary>n − 1.</summary>
    public int DegreesOfFreedom => Math.Max(0, Pairs - 1);

    /// <summary>
    /// Tests whether <paramref name="first"/> and <paramref name="second"/>, in the same order of seeds, differ in the mean.
    /// </summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static PairedTest Of(ReadOnlySpan<double> first, ReadOnlySpan<double> second)
    {
        if (first.Length != second.Length)
        {
            throw new ArgumentException(
                $"'first' has {first.Length} values and 'second' {second.Length}; pairs need equally many.", nameof(second));
        }

        var differences = new double[first.Length];
        for (int i = 0; i < differences.Length; i++)
            differences[i] = first[i] - second[i];
        MeanAndSpread spread = MeanAndSpread.Of(differences);
        double error = spread.StandardError;
        if (error == 0 && spread.Mean == 0)
            return new PairedTest(spread.Count, 0, 0, 0, 1);
        double t = spread.Mean / error;
        return new PairedTest(spread.Count, spread.Mean, error, t, SpecialFunctions.StudentTwoSided(t, spread.Count - 1));
    }

    /// <summary>Corrects the p-values of several tests so that all hold together (Holm's step-down method).</summary>
    /// <returns>One value a test, at least as large as before and at most 1. NaN stays and does not count as a test.</returns>
    public static double[] Holm(ReadOnlySpan<double> pValues)
    {
        double[] values = pValues.ToArray();
        int[] order = [.. Enumerable.Range(0, values.Length).Where(i => !double.IsNaN(values[i])).OrderBy(i => values[i])];
        double largest = 0;
        for (int rank = 0; rank < order.Length; rank++)
        {
            // A later test cannot be more certain than an earlier one.
            largest = Math.Max(largest, Math.Min(1, values[order[rank]] * (order.Length - rank)));
            values[order[rank]] = largest;
        }

        return values;
    }
}
