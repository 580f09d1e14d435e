using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Retort.Data.Formats;

/// <summary>Reads IDX files, the format of MNIST and its relatives, plain or gzip.</summary>
/// <remarks>
/// <para>Two zero bytes, a type byte, the number of dimensions, each size as a big-endian 32-bit integer, then the
/// elements.</para>
/// <para>The sizes that the header claims are held against the file's length before anything is allocated, and no more is
/// unpacked than they allow.</para>
/// </remarks>
public static class IdxFile
{
    private const int MaxDimensions = 8;

    /// <summary>Reads a whole file.</summary>
    /// <param name="path">An IDX file, plain or gzip whatever its name.</param>
    /// <exception cref="DataFormatException">The content is not a well-formed IDX file.</exception>
    public static IdxArray Read(string path)
    {
        using ByteSource source = ByteSource.Open(path);
        return Read(source);
    }

    /// <summary>Reads from a seekable stream, plain or gzip.</summary>
    /// <param name="stream">The content from its first byte on; disposed when read.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="DataFormatException">The content is not a well-formed IDX file.</exception>
    public static IdxArray Read(Stream stream, string name)
    {
        using ByteSource source = ByteSource.Wrap(stream, name);
        return Read(source);
    }

    private static IdxArray Read(ByteSource source)
    {
        uint magic = source.ReadUInt32BigEndian("the magic number");
        var element = (IdxElement)(magic >> 8);
        int dimensions = (int)(magic & 0xFF);
        int width = magic >> 16 == 0 ? Width(element) : 0;
        if (width == 0)
        {
            throw new DataFormatException(source.Name, "byte 0",
                $"the magic number is 0x{magic:X8}; an IDX file starts with 00 00, a type (08 09 0B 0C 0D 0E) and the number "
                + "of dimensions");
        }
        if (dimensions is 0 or > MaxDimensions)
            throw new DataFormatException(source.Name, "byte 3", $"{dimensions} dimensions; 1 to {MaxDimensions} are allowed");

        int[] shape = new int[dimensions];
        long count = 1;
        long room = source.MaxLength / width;
        for (int d = 0; d < dimensions; d++)
        {
            uint size = source.ReadUInt32BigEndian($"the size of dimension {d}");
            if (size == 0 || size > room / count)
            {
                throw new DataFormatException(source.Name, $"byte {4 + (4 * d)}",
                    $"dimension {d} has size {size}; at least 1, and no more elements than the file can hold, are allowed");
            }
            shape[d] = (int)Math.Min(size, int.MaxValue);
            count *= size;
        }
        if (count * width > Array.MaxLength)
            throw new DataFormatException(
                source.Name, "header", $"{count * width} bytes of elements; at most {Array.MaxLength} are supported");

        byte[] bytes = new byte[count * width];
        source.ReadExactly(bytes, "the elements");
        source.RequireEnd($"the {count} elements that the header declares");
        if (BitConverter.IsLittleEndian)
            Reverse(bytes, width);
        return new IdxArray(element, shape, bytes);
    }

    private static int Width(IdxElement element) => element switch
    {
        IdxElement.UInt8 or IdxElement.Int8 => 1,
        IdxElement.Int16 => 2,
        IdxElement.Int32 or IdxElement.Float32 => 4,
        IdxElement.Float64 => 8,
        _ => 0,
    };

    private static void Reverse(byte[] bytes, int width)
    {
        switch (width)
        {
            case 2:
                Span<short> shorts = MemoryMarshal.Cast<byte, short>(bytes.AsSpan());
                BinaryPrimitives.ReverseEndianness(shorts, shorts);
                break;
            case 4:
                Span<int> ints = MemoryMarshal.Cast<byte, int>(bytes.AsSpan());
                BinaryPrimitives.ReverseEndianness(ints, ints);
                break;
            case 8:
                Span<long> longs = MemoryMarshal.Cast<byte, long>(bytes.AsSpan());
                BinaryPrimitives.ReverseEndianness(longs, longs);
                break;
        }
    }
}
