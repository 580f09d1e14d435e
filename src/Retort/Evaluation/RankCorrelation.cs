namespace Retort.Evaluation;

/// <summary>Whether two figures put the same things into the same order.</summary>
public static class RankCorrelation
{
    /// <summary>Kendall's τ-b: pairs in the same order less pairs in opposite order, over the geometric mean of the pairs that
    /// each figure tells apart.</summary>
    /// <remarks>Kendall, "The treatment of ties in ranking problems", Biometrika 33, 1945. Every pair is looked at: meant for
    /// thousands of things, not for millions.</remarks>
    /// <param name="first">A figure of each thing; infinite ones have a place in the order.</param>
    /// <param name="second">The other figure, in the same order of things.</param>
    /// <returns>−1 (reversed) to 1 (the same order); NaN where a figure is NaN or tells no pair apart.</returns>
    /// <exception cref="ArgumentException">There are not as many of one as of the other.</exception>
    public static double Kendall(IReadOnlyList<double> first, IReadOnlyList<double> second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        if (first.Count != second.Count)
            throw new ArgumentException($"{first.Count} and {second.Count} figures are not of the same things.", nameof(second));
        if (first.Any(double.IsNaN) || second.Any(double.IsNaN))
            return double.NaN;
        long balance = 0, apartInFirst = 0, apartInSecond = 0;
        for (int i = 0; i < first.Count; i++)
        {
            for (int j = 0; j < i; j++)
            {
                int a = first[i].CompareTo(first[j]), b = second[i].CompareTo(second[j]);
                balance += a * b;
                apartInFirst += a == 0 ? 0 : 1;
                apartInSecond += b == 0 ? 0 : 1;
            }
        }

        return balance / Math.Sqrt((double)apartInFirst * apartInSecond);
    }
}
