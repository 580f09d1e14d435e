namespace Retort.Graphs;

/// <summary>Items that occur together, and in how many of the sets that were looked through.</summary>
/// <param name="Items">In ascending order, each once.</param>
/// <param name="Support">In how many.</param>
public sealed record FrequentSet(IReadOnlyList<int> Items, int Support);
