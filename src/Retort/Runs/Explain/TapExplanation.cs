namespace Retort.Runs.Explain;

/// <summary>A tensor that a term taps inside a network.</summary>
/// <param name="Role">The student's role, or the teacher's name.</param>
/// <param name="Path">The tap as the recipe has it.</param>
/// <param name="Module">The path of the module that it means.</param>
/// <param name="Shape">Its sizes for a batch, the first being -1: the batch's.</param>
public sealed record TapExplanation(string Role, string Path, string Module, IReadOnlyList<long> Shape);
