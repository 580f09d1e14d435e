namespace Retort.Serving;

/// <summary>One token that a text source wrote.</summary>
/// <param name="Bytes">Its UTF-8 bytes; a character may be spread over several pieces.</param>
/// <param name="LogProbability">ln of the probability that the model gave it at temperature 1; null where nobody asked, or
/// nothing was drawn.</param>
/// <param name="Alternatives">The likeliest tokens at its place, the likeliest first; empty where nobody asked.</param>
public sealed record TextPiece(ReadOnlyMemory<byte> Bytes, double? LogProbability, IReadOnlyList<TokenChance> Alternatives);
