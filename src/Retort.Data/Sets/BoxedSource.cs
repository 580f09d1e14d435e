using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Retort.Torch;

namespace Retort.Data.Sets;

/// <summary>Pictures of one size in memory, a byte a pixel, and the boxes of each: rows x0, y0, x1, y1 and the class, rows of
/// zeros after the last.</summary>
internal sealed class BoxedSource(byte[] pixels, float[] boxes, int most, int height, int width) : ISampleSource
{
    /// <summary>What a batch calls the boxes.</summary>
    public const string Field = "boxes";

    /// <summary>Numbers in a row of boxes.</summary>
    public const int Columns = 5;

    private readonly int _bytes = 3 * height * width;
    private readonly int _numbers = most * Columns;

    public int Count => pixels.Length / _bytes;

    public IReadOnlyList<long> SampleShape { get; } = [3, height, width];

    public DType ElementType => DType.UInt8;

    public bool IsCostly => false;

    public string Identity => Convert.ToHexStringLower(SHA256.HashData(pixels))
        + Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(boxes.AsSpan())));

    public IReadOnlyList<SampleField> Fields { get; } = [new SampleField(Field, [most, Columns], DType.Float32)];

    public void Read(int place, Span<byte> target) => pixels.AsSpan(place * _bytes, _bytes).CopyTo(target);

    public void ReadField(int place, int field, Span<byte> target) =>
        MemoryMarshal.AsBytes(boxes.AsSpan(place * _numbers, _numbers)).CopyTo(target);
}
