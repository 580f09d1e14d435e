using Retort.Data;
using Retort.Graphs;

namespace Retort.Tests.Graphs;

public sealed class FrequentSetsTests
{
    private static readonly int[][] Given = [[1, 2, 5], [2, 4], [2, 3], [1, 2, 4], [1, 3], [2, 3], [1, 3], [1, 2, 3, 5], [1, 2, 3], []];

    // Every subset of every set, counted one by one.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(9)]
    public void They_are_those_that_counting_finds(int support)
    {
        Dictionary<string, int> counted = Count(Given).Where(c => c.Value >= support).ToDictionary();
        IReadOnlyList<FrequentSet> found = FrequentSets.Mine(Given, support);
        Assert.Equal(counted.OrderBy(c => c.Key, StringComparer.Ordinal), found.Select(f => KeyValuePair.Create(string.Join(',', f.Items), f.Support)).OrderBy(c => c.Key, StringComparer.Ordinal));
    }

    [Fact]
    public void So_it_is_for_sets_by_chance()
    {
        var random = new RandomStream(7);
        int[][] given = [.. Enumerable.Range(0, 40).Select(_ => Enumerable.Range(0, 9).Where(_ => random.NextBoolean(0.4)).ToArray())];
        Dictionary<string, int> counted = Count(given).Where(c => c.Value >= 5).ToDictionary();
        IReadOnlyList<FrequentSet> found = FrequentSets.Mine(given, 5);
        Assert.Equal(counted.Count, found.Count);
        Assert.All(found, f => Assert.Equal(counted[string.Join(',', f.Items)], f.Support));
        Assert.Equal(found.OrderByDescending(f => f.Support).ThenByDescending(f => f.Items.Count).Select(f => f.Support), found.Select(f => f.Support));
    }

    // {5} is never without 1 and 2, {4} not without 2; {1, 2, 5} is in two, {2, 3} in four.
    [Fact]
    public void Closed_ones_have_no_larger_one_as_frequent()
    {
        string[] closed = [.. FrequentSets.Closed(FrequentSets.Mine(Given, 2), Given).Select(f => string.Join(',', f.Items))];
        Assert.Contains("1,2,5", closed);
        Assert.Contains("2,4", closed);
        Assert.Contains("2,3", closed);
        Assert.DoesNotContain("5", closed);
        Assert.DoesNotContain("4", closed);
        Assert.DoesNotContain("1,5", closed);
    }

    [Fact]
    public void Too_many_are_an_error_and_not_a_wait()
    {
        int[] wide = [.. Enumerable.Range(0, 40)];
        ArgumentException error = Assert.Throws<ArgumentException>(() => FrequentSets.Mine([wide, wide], 2, most: 1000));
        Assert.Contains("more than 1000 sets are that frequent; ask for more support", error.Message, StringComparison.Ordinal);
    }

    private static Dictionary<string, int> Count(int[][] given)
    {
        var counts = new Dictionary<string, int>();
        foreach (int[] set in given)
        {
            for (int mask = 1; mask < 1 << set.Length; mask++)
            {
                string key = string.Join(',', set.Where((_, k) => (mask >> k & 1) == 1).Order());
                counts[key] = counts.GetValueOrDefault(key) + 1;
            }
        }

        return counts;
    }
}
