using System.Text;

namespace Retort.Data.Formats;

/// <summary>Reads UTF-8 lines of bounded length and knows their numbers.</summary>
/// <remarks>Lines are split as bytes, which UTF-8 allows, so that a bad byte is reported with its own line.</remarks>
internal sealed class LineReader(ByteSource source, int maxLineBytes) : IDisposable
{
    // Bytes that are no UTF-8 are an error: replacing them in silence would change what a model learns.
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly byte[] _buffer = new byte[1 << 15];
    private byte[] _long = [];
    private int _start;
    private int _end;

    /// <summary>What errors call the file.</summary>
    public string Name => source.Name;

    /// <summary>Number of the line read last, from 1 on; 0 before the first.</summary>
    public long LineNumber { get; private set; }

    /// <summary>Reads the next line without its LF or CR LF; null at the end.</summary>
    public string? Read()
    {
        int held = 0;
        while (true)
        {
            if (_start == _end)
            {
                _start = 0;
                _end = source.Read(_buffer);
                if (_end == 0)
                    return held == 0 ? null : Decode(_long.AsSpan(0, held));
            }
            ReadOnlySpan<byte> rest = _buffer.AsSpan(_start, _end - _start);
            int newline = rest.IndexOf((byte)'\n');
            ReadOnlySpan<byte> part = newline < 0 ? rest : rest[..newline];
            if (held + part.Length > maxLineBytes)
                throw new DataFormatException(
                    Name, $"line {LineNumber + 1}", $"the line is longer than {maxLineBytes} bytes, which is the limit");
            _start += newline < 0 ? rest.Length : newline + 1;
            if (newline >= 0 && held == 0)
                return Decode(part);
            if (held + part.Length > _long.Length)
                Array.Resize(ref _long, Math.Max(held + part.Length, Math.Min(maxLineBytes, 2 * _long.Length)));
            part.CopyTo(_long.AsSpan(held));
            held += part.Length;
            if (newline >= 0)
                return Decode(_long.AsSpan(0, held));
        }
    }

    public DataFormatException Fail(string problem, Exception? inner = null) => new(Name, $"line {LineNumber}", problem, inner);

    public void Dispose() => source.Dispose();

    private string Decode(ReadOnlySpan<byte> bytes)
    {
        if (LineNumber++ == 0 && bytes is [0xEF, 0xBB, 0xBF, ..])
            bytes = bytes[3..];   // the byte order mark
        if (bytes is [.., (byte)'\r'])
            bytes = bytes[..^1];
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException error)
        {
            throw Fail("the line is not valid UTF-8", error);
        }
    }
}
