using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Retort.Torch;

namespace Retort.Data.Sets;

/// <summary>Pictures and their label maps in memory, a byte a pixel; labels are given as int64, −100 where none counts.</summary>
internal sealed class LabelMapSource(byte[] pixels, byte[] maps, int height, int width, byte ignore) : ISampleSource
{
    private readonly int _area = height * width;

    public int Count => maps.Length / _area;

    public IReadOnlyList<long> SampleShape { get; } = [3, height, width];

    public DType ElementType => DType.UInt8;

    public bool IsCostly => false;

    public string Identity =>
        Convert.ToHexStringLower(SHA256.HashData(pixels)) + Convert.ToHexStringLower(SHA256.HashData(maps)) + ignore;

    public IReadOnlyList<SampleField> Fields { get; } = [new SampleField("labels", [height, width], DType.Int64)];

    public void Read(int place, Span<byte> target) => pixels.AsSpan(place * 3 * _area, 3 * _area).CopyTo(target);

    public void ReadField(int place, int field, Span<byte> target)
    {
        Span<long> labels = MemoryMarshal.Cast<byte, long>(target);
        ReadOnlySpan<byte> map = maps.AsSpan(place * _area, _area);
        for (int k = 0; k < map.Length; k++)
            labels[k] = map[k] == ignore ? Dataset.NoLabel : map[k];
    }
}
