namespace Retort.Comparison;

/// <summary>A round of a search.</summary>
/// <param name="Trials">How many settings are trained.</param>
/// <param name="Share">The share of the epochs that each is trained for.</param>
internal sealed record SearchRung(int Trials, double Share)
{
    private const int Factor = 3;
    private const int MostRungs = 3;

    /// <summary>The rounds of a budget, in full trainings; together they never cost more.</summary>
    /// <remarks>Halving gives every round the same part of the budget; below four full trainings there is nothing to
    /// halve.</remarks>
    public static IReadOnlyList<SearchRung> Of(SearchStrategy strategy, int budget)
    {
        int rungs = strategy == SearchStrategy.Random ? 1 : Math.Clamp(budget / 2, 1, MostRungs);
        var found = new List<SearchRung>();
        for (int k = 0; k < rungs; k++)
        {
            int scale = (int)Math.Pow(Factor, rungs - 1 - k);
            found.Add(new SearchRung(Math.Max(1, budget * scale / rungs), 1.0 / scale));
        }

        return found;
    }
}
