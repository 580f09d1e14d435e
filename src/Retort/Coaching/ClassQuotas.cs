namespace Retort.Coaching;

/// <summary>Divides a number of texts among classes.</summary>
public static class ClassQuotas
{
    /// <summary>Whole numbers in proportion to weights, by largest remainders; of equal ones the first class gets more.</summary>
    /// <param name="weights">At least 0 and finite each; where all are 0, all count alike.</param>
    /// <param name="total">At least 0.</param>
    /// <returns>One a weight; they sum to the total.</returns>
    /// <exception cref="ArgumentException">There are no weights, or one is negative or not finite.</exception>
    public static int[] Divide(IReadOnlyList<double> weights, int total)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentOutOfRangeException.ThrowIfNegative(total);
        if (weights.Count == 0 || weights.Any(w => !(w >= 0 && double.IsFinite(w))))
            throw new ArgumentException("there must be weights, each a number that is not negative.", nameof(weights));
        double sum = weights.Sum();
        double[] exact = [.. weights.Select(w => sum > 0 ? w / sum * total : (double)total / weights.Count)];
        int[] quotas = Array.ConvertAll(exact, e => (int)Math.Floor(e));
        int[] byRemainder = [.. Enumerable.Range(0, exact.Length).OrderByDescending(k => exact[k] - quotas[k])];
        int left = total - quotas.Sum();
        for (int k = 0; k < left; k++)
            quotas[byRemainder[k % byRemainder.Length]]++;
        return quotas;
    }

    /// <summary>Splits quotas into parts of a bounded size, class after class.</summary>
    /// <param name="quotas">How many of each class.</param>
    /// <param name="most">Texts of a part, at least 1.</param>
    /// <returns>Quotas of each part, in the classes' order.</returns>
    internal static IReadOnlyList<int[]> Split(IReadOnlyList<int> quotas, int most)
    {
        var parts = new List<int[]>();
        int room = 0;
        for (int label = 0; label < quotas.Count; label++)
        {
            for (int k = 0; k < quotas[label]; k++)
            {
                if (room == 0)
                {
                    parts.Add(new int[quotas.Count]);
                    room = most;
                }

                parts[^1][label]++;
                room--;
            }
        }

        return parts;
    }
}
