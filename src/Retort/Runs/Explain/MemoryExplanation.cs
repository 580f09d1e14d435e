namespace Retort.Runs.Explain;

/// <summary>What a training takes in memory, by rule, in bytes.</summary>
/// <param name="Student">Parameters, buffers and gradients.</param>
/// <param name="Optimizer">What the optimiser remembers.</param>
/// <param name="Teachers">Each teacher's network and its compiled form.</param>
/// <param name="Batch">The samples of a batch and what the networks' modules give for them.</param>
/// <param name="Total">All together; projectors, workspaces and the data set are left out.</param>
public sealed record MemoryExplanation(double Student, double Optimizer, double Teachers, double Batch, double Total);
