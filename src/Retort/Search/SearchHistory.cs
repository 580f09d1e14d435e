namespace Retort.Search;

/// <summary>What a search has scored so far, and what it may still score.</summary>
/// <remarks>Architectures have numbers: places of the space counted like digits, the last option's values changing
/// first.</remarks>
public sealed class SearchHistory
{
    private readonly Predicate<long> _isAllowed;
    private readonly HashSet<long> _seen;

    /// <summary>Describes a moment of a search.</summary>
    /// <param name="sizes">How many values each option of the space has.</param>
    /// <param name="scored">Numbers of candidates with their scores, in the order in which they were scored.</param>
    /// <param name="isAllowed">Whether an architecture is within the budget.</param>
    public SearchHistory(
        IReadOnlyList<int> sizes, IReadOnlyList<(long Number, double Score)> scored, Predicate<long> isAllowed)
    {
        ArgumentNullException.ThrowIfNull(sizes);
        ArgumentNullException.ThrowIfNull(scored);
        ArgumentNullException.ThrowIfNull(isAllowed);
        Sizes = sizes;
        Scored = scored;
        Size = sizes.Aggregate(1L, (product, size) => checked(product * size));
        _isAllowed = isAllowed;
        _seen = [.. scored.Select(s => s.Number)];
    }

    /// <summary>How many values each option of the space has.</summary>
    public IReadOnlyList<int> Sizes { get; }

    /// <summary>How many architectures there are.</summary>
    public long Size { get; }

    /// <summary>Numbers of candidates with their scores, in the order in which they were scored.</summary>
    public IReadOnlyList<(long Number, double Score)> Scored { get; }

    /// <summary>Whether an architecture may be scored: it is within the budget, and was not scored before.</summary>
    public bool IsOpen(long number) => !_seen.Contains(number) && _isAllowed(number);

    /// <summary>The first architecture that may be scored, looking on from one to the end and then from the beginning.</summary>
    /// <param name="from">Where to begin, 0 to the space's size less one.</param>
    /// <param name="most">How many are looked at.</param>
    /// <returns>Its number, or null where none was found.</returns>
    public long? NextOpen(long from, long most = long.MaxValue)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(from);
        for (long step = 0; step < Math.Min(Size, most); step++)
        {
            long number = (from + step) % Size;
            if (IsOpen(number))
                return number;
        }

        return null;
    }

    /// <summary>Which value each option has in an architecture.</summary>
    public int[] ChoiceOf(long number)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(number, Size);
        return ChoiceOf(number, Sizes);
    }

    /// <summary>The number of the architecture with these values.</summary>
    /// <param name="choice">Of each option the place of its value.</param>
    public long NumberOf(IReadOnlyList<int> choice)
    {
        ArgumentNullException.ThrowIfNull(choice);
        long number = 0;
        for (int k = 0; k < Sizes.Count; k++)
            number = (number * Sizes[k]) + choice[k];
        return number;
    }

    /// <summary>The same for options of these sizes.</summary>
    internal static int[] ChoiceOf(long number, IReadOnlyList<int> sizes)
    {
        var choice = new int[sizes.Count];
        for (int k = choice.Length - 1; k >= 0; k--)
        {
            choice[k] = (int)(number % sizes[k]);
            number /= sizes[k];
        }

        return choice;
    }
}
