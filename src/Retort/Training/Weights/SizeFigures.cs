using Retort.Compression;

namespace Retort.Training.Weights;

/// <summary>What forms that round say of the room that a network takes.</summary>
internal static class SizeFigures
{
    public static IReadOnlyList<string> Names { get; } = ["packed_bytes", "code_bits"];

    public static IReadOnlyDictionary<string, double> Of(PackedSize size) =>
        new Dictionary<string, double> { [Names[0]] = size.Bytes, [Names[1]] = size.CodeBits };
}
