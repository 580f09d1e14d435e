namespace Retort.Data.Formats;

/// <summary>The two binary layouts of the CIFAR sets.</summary>
public enum CifarKind
{
    /// <summary>One label byte (0–9) before the pixels.</summary>
    Cifar10,

    /// <summary>A coarse label byte (0–19) and a fine label byte (0–99) before the pixels.</summary>
    Cifar100,
}

/// <summary>Reads CIFAR-10 and CIFAR-100 in their binary version, plain or gzip.</summary>
public static class CifarFile
{
    /// <summary>Bytes of pixels in a record: three planes of 32 × 32.</summary>
    public const int PixelBytes = 3 * 32 * 32;

    // The published files have 10,000 or 50,000 records; the bound keeps a gzip bomb from filling the memory.
    private const int MaxRecords = 100_000;

    /// <summary>Reads one file.</summary>
    /// <param name="path">A <c>.bin</c> file, plain or gzip whatever its name.</param>
    /// <param name="kind">Its layout, which the file itself does not say.</param>
    /// <exception cref="DataFormatException">A record is cut off, a label is out of range, or there are no or too many
    /// records.</exception>
    public static CifarRecords Read(string path, CifarKind kind)
    {
        using ByteSource source = ByteSource.Open(path);
        return Read(source, kind);
    }

    /// <summary>Reads from a seekable stream, plain or gzip.</summary>
    /// <param name="stream">The content from its first byte on; disposed when read.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="kind">Its layout, which the content itself does not say.</param>
    /// <exception cref="DataFormatException">As for a file.</exception>
    public static CifarRecords Read(Stream stream, string name, CifarKind kind)
    {
        using ByteSource source = ByteSource.Wrap(stream, name);
        return Read(source, kind);
    }

    private static CifarRecords Read(ByteSource source, CifarKind kind)
    {
        int labelBytes = kind == CifarKind.Cifar10 ? 1 : 2;
        int recordBytes = labelBytes + PixelBytes;
        if (!source.IsCompressed && source.MaxLength % recordBytes != 0)
        {
            throw new DataFormatException(source.Name, "header",
                $"the file has {source.MaxLength} bytes; a {Name(kind)} file is a multiple of {recordBytes}");
        }

        using MemoryStream pixels = new();
        using MemoryStream labels = new();
        using MemoryStream coarse = new();
        byte[] record = new byte[recordBytes];
        int count = 0;
        while (true)
        {
            long start = source.Position;
            int got = source.Read(record);
            if (got == 0)
                break;
            if (got < recordBytes)
                throw source.Fail($"the file ends within record {count}: {got} of {recordBytes} bytes are there");
            if (++count > MaxRecords)
                throw new DataFormatException(source.Name, $"byte {start}", $"more than {MaxRecords} records");
            if (kind == CifarKind.Cifar100)
                coarse.WriteByte(Label(record[0], 20, start));
            labels.WriteByte(Label(record[labelBytes - 1], kind == CifarKind.Cifar10 ? 10 : 100, start + labelBytes - 1));
            pixels.Write(record, labelBytes, PixelBytes);
        }
        if (count == 0)
            throw source.Fail($"the file is empty; a {Name(kind)} file has at least one record of {recordBytes} bytes");
        return new CifarRecords(pixels.ToArray(), labels.ToArray(), coarse.ToArray());

        byte Label(byte label, int classes, long place) => label < classes
            ? label
            : throw new DataFormatException(source.Name, $"byte {place}", $"label {label}; 0 to {classes - 1} are allowed");
    }

    private static string Name(CifarKind kind) => kind == CifarKind.Cifar10 ? "CIFAR-10" : "CIFAR-100";
}
