using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Retort.Torch;

namespace Retort.Data;

/// <summary>Samples that lie one after another in an array.</summary>
internal sealed class MemorySource<T>(T[] values, IReadOnlyList<long> sampleShape, int count) : ISampleSource
    where T : unmanaged
{
    private readonly int _size = count == 0 ? 0 : values.Length / count;

    public int Count => count;

    public IReadOnlyList<long> SampleShape => sampleShape;

    public DType ElementType =>
        typeof(T) == typeof(byte) ? DType.UInt8 : typeof(T) == typeof(float) ? DType.Float32 : DType.Int64;

    public bool IsCostly => false;

    public string Identity => Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(values.AsSpan())));

    public void Read(int place, Span<byte> target) => MemoryMarshal.AsBytes(values.AsSpan(place * _size, _size)).CopyTo(target);
}
