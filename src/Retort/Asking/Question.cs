namespace Retort.Asking;

/// <summary>Something to ask a chat teacher.</summary>
/// <param name="System">What it is told about its task before; null for nothing.</param>
/// <param name="Prompt">The question itself.</param>
/// <param name="Seed">Tells questions of the same words apart, and is sent along.</param>
public sealed record Question(string? System, string Prompt, long Seed = 0);
