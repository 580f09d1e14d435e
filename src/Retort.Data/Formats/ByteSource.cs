using System.Buffers.Binary;

namespace Retort.Data.Formats;

/// <summary>The content of a file, unpacked where it is gzip, read front to back with its position known for errors.</summary>
internal sealed class ByteSource : IDisposable
{
    // Deflate's densest code is a 258-byte copy in two bits: no stream unpacks to more than 1032 times its size.
    private const long MaxDeflateRatio = 1032;

    private readonly Stream _stream;

    private ByteSource(Stream stream, string name, bool compressed, long bound)
    {
        _stream = stream;
        Name = name;
        IsCompressed = compressed;
        MaxLength = bound;
    }

    /// <summary>What errors call the file.</summary>
    public string Name { get; }

    /// <summary>Whether the file is a gzip stream (told by its first two bytes, not by its name).</summary>
    public bool IsCompressed { get; }

    /// <summary>No more content bytes than this can follow the start: sizes that a header claims are held against it.</summary>
    public long MaxLength { get; }

    /// <summary>How many content bytes have been read.</summary>
    public long Position { get; private set; }

    public static ByteSource Open(string path)
    {
        FileStream file = new(
            path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 16, FileOptions.SequentialScan);
        try
        {
            return Wrap(file, path);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Reads from a seekable stream, which the source then owns.</summary>
    public static ByteSource Wrap(Stream stream, string name)
    {
        Span<byte> magic = stackalloc byte[2];
        long length = stream.Length;
        int got = stream.ReadAtLeast(magic, 2, throwOnEndOfStream: false);
        stream.Position = 0;
        bool compressed = got == 2 && magic[0] == 0x1F && magic[1] == 0x8B;
        if (!compressed)
            return new ByteSource(stream, name, compressed: false, length);
        long bound = length > long.MaxValue / MaxDeflateRatio ? long.MaxValue : length * MaxDeflateRatio;
        return new ByteSource(new CompleteGzipStream(stream), name, compressed: true, bound);
    }

    /// <summary>Fills the buffer as far as the content goes; fewer bytes than asked for mean its end.</summary>
    public int Read(Span<byte> buffer)
    {
        int total = 0;
        try
        {
            while (total < buffer.Length)
            {
                int got = _stream.Read(buffer[total..]);
                if (got == 0)
                    break;
                total += got;
                Position += got;
            }
        }
        catch (InvalidDataException error)
        {
            throw Fail($"the gzip data is damaged or cut off ({error.Message.TrimEnd('.')})", error);
        }
        return total;
    }

    /// <summary>Fills the whole buffer or says what is missing.</summary>
    public void ReadExactly(Span<byte> buffer, string what)
    {
        int got = Read(buffer);
        if (got < buffer.Length)
            throw Fail($"the file ends within {what}: {got} of {buffer.Length} bytes are there");
    }

    public uint ReadUInt32BigEndian(string what)
    {
        Span<byte> bytes = stackalloc byte[4];
        ReadExactly(bytes, what);
        return BinaryPrimitives.ReadUInt32BigEndian(bytes);
    }

    /// <summary>Fails where content goes on; unpacks at most one byte more to find out.</summary>
    public void RequireEnd(string after)
    {
        Span<byte> one = stackalloc byte[1];
        long end = Position;
        if (Read(one) != 0)
            throw new DataFormatException(Name, $"byte {end}", $"there is more content after {after}; the file should end here");
    }

    /// <summary>An error at the present position.</summary>
    public DataFormatException Fail(string problem, Exception? inner = null) => new(Name, $"byte {Position}", problem, inner);

    public void Dispose() => _stream.Dispose();
}
