namespace Retort.Reports;

/// <summary>Samples side by side in one picture, as the report shows them.</summary>
/// <param name="Name">Whose they are: a generator's name, or the data's.</param>
/// <param name="Png">The picture; what does not begin like a PNG is not shown.</param>
public sealed record SampleSheet(string Name, ReadOnlyMemory<byte> Png);
