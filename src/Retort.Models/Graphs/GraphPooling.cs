namespace Retort.Models.Graphs;

/// <summary>How the roots' features become the graph's.</summary>
public enum GraphPooling
{
    /// <summary>Added: large graphs have large features.</summary>
    Sum,

    /// <summary>Averaged.</summary>
    Mean,
}
