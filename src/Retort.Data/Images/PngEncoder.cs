using System.Buffers.Binary;
using System.IO.Compression;

namespace Retort.Data.Images;

/// <summary>Writes PNG pictures; needs no library.</summary>
public static class PngEncoder
{
    private static readonly uint[] CrcTable = MakeCrcTable();

    /// <summary>Encodes a picture, for instance to embed it in a report.</summary>
    /// <param name="image">A grey, colour or colour-and-alpha picture.</param>
    /// <returns>A whole PNG file; the same picture gives the same bytes within one version of .NET.</returns>
    public static byte[] Encode(Image image)
    {
        ArgumentNullException.ThrowIfNull(image);
        using MemoryStream file = new();
        file.Write([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]);
        Span<byte> header = stackalloc byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, image.Width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], image.Height);
        header[8] = 8;
        header[9] = image.Channels switch { 1 => 0, 3 => 2, _ => 6 };
        header[10..].Clear();
        WriteChunk(file, "IHDR"u8, header);
        WriteChunk(file, "IDAT"u8, Compress(image));
        WriteChunk(file, "IEND"u8, []);
        return file.ToArray();
    }

    /// <summary>Writes a picture to a file; an existing file is replaced only when the new one is complete.</summary>
    public static void Save(Image image, string path)
    {
        byte[] bytes = Encode(image);
        string part = path + ".part";
        File.WriteAllBytes(part, bytes);
        File.Move(part, path, overwrite: true);
    }

    private static byte[] Compress(Image image)
    {
        using MemoryStream packed = new();
        using (ZLibStream zlib = new(packed, CompressionLevel.Optimal))
        {
            int stride = image.Width * image.Channels;
            byte[] plain = new byte[stride + 1];
            byte[] differences = new byte[stride + 1];
            differences[0] = 2;   // PNG's filter "Up"
            for (int y = 0; y < image.Height; y++)
            {
                ReadOnlySpan<byte> row = image.Pixels.AsSpan(y * stride, stride);
                ReadOnlySpan<byte> above = y == 0 ? default : image.Pixels.AsSpan((y - 1) * stride, stride);
                row.CopyTo(plain.AsSpan(1));
                for (int i = 0; i < stride; i++)
                    differences[i + 1] = (byte)(row[i] - (y == 0 ? 0 : above[i]));
                zlib.Write(Cost(differences) < Cost(plain) ? differences : plain);
            }
        }
        return packed.ToArray();
    }

    // The usual guess: the row whose bytes are nearer to zero, as signed numbers, packs better.
    private static long Cost(byte[] row)
    {
        long sum = 0;
        for (int i = 1; i < row.Length; i++)
            sum += Math.Abs((int)(sbyte)row[i]);
        return sum;
    }

    private static void WriteChunk(MemoryStream file, ReadOnlySpan<byte> type, ReadOnlySpan<byte> content)
    {
        Span<byte> word = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(word, content.Length);
        file.Write(word);
        file.Write(type);
        file.Write(content);
        uint crc = Crc(Crc(uint.MaxValue, type), content) ^ uint.MaxValue;
        BinaryPrimitives.WriteUInt32BigEndian(word, crc);
        file.Write(word);
    }

    private static uint Crc(uint crc, ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes)
            crc = CrcTable[(byte)(crc ^ value)] ^ (crc >> 8);
        return crc;
    }

    private static uint[] MakeCrcTable()
    {
        uint[] table = new uint[256];
        for (uint n = 0; n < 256; n++)
        {
            uint value = n;
            for (int bit = 0; bit < 8; bit++)
                value = (value & 1) == 1 ? 0xEDB88320 ^ (value >> 1) : value >> 1;
            table[n] = value;
        }
        return table;
    }
}
