namespace Retort.Data;

/// <summary>The four words that a <see cref="RandomStream"/> consists of.</summary>
public readonly record struct RandomState(ulong S0, ulong S1, ulong S2, ulong S3);
