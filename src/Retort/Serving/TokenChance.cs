namespace Retort.Serving;

/// <summary>A token that could have been written.</summary>
/// <param name="Bytes">Its UTF-8 bytes.</param>
/// <param name="LogProbability">ln of its probability at temperature 1.</param>
public sealed record TokenChance(ReadOnlyMemory<byte> Bytes, double LogProbability);
