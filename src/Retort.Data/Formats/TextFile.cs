using System.Text;

namespace Retort.Data.Formats;

/// <summary>Reads UTF-8 text, plain or gzip, with its sizes bounded.</summary>
public static class TextFile
{
    /// <summary>The longest line that is read unless the caller allows more: 16 MiB.</summary>
    public const int DefaultMaxLineBytes = 1 << 24;

    /// <summary>The longest text that <see cref="ReadAll"/> reads unless the caller allows more: 512 MiB.</summary>
    public const int DefaultMaxBytes = 1 << 29;

    /// <summary>Reads a whole file as it is, line ends included.</summary>
    /// <param name="path">A text file, plain or gzip whatever its name; a byte order mark is skipped.</param>
    /// <param name="maxBytes">The longest text allowed, unpacked.</param>
    /// <exception cref="DataFormatException">The file is no UTF-8, is damaged, or is longer than allowed.</exception>
    public static string ReadAll(string path, int maxBytes = DefaultMaxBytes)
    {
        using ByteSource source = ByteSource.Open(path);
        using MemoryStream content = new();
        byte[] block = new byte[1 << 16];
        for (int got = source.Read(block); got > 0; got = source.Read(block))
        {
            if (content.Length + got > maxBytes)
                throw source.Fail($"the text is longer than {maxBytes} bytes, which is the limit");
            content.Write(block, 0, got);
        }
        ReadOnlySpan<byte> bytes = content.GetBuffer().AsSpan(0, (int)content.Length);
        if (bytes is [0xEF, 0xBB, 0xBF, ..])
            bytes = bytes[3..];
        RequireUtf8(bytes, path);
        return Encoding.UTF8.GetString(bytes);
    }

    /// <summary>Reads the lines of a file one by one; neither LF nor CR LF is part of a line.</summary>
    /// <param name="path">A text file, plain or gzip whatever its name; a byte order mark is skipped.</param>
    /// <param name="maxLineBytes">The longest line allowed.</param>
    /// <exception cref="DataFormatException">The file is no UTF-8, is damaged, or has a line longer than allowed.</exception>
    public static IEnumerable<string> Lines(string path, int maxLineBytes = DefaultMaxLineBytes)
    {
        using LineReader reader = new(ByteSource.Open(path), maxLineBytes);
        while (reader.Read() is { } line)
            yield return line;
    }

    private static void RequireUtf8(ReadOnlySpan<byte> bytes, string path)
    {
        if (System.Text.Unicode.Utf8.IsValid(bytes))
            return;
        long line = 1;
        while (!bytes.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(bytes, out Rune rune, out int used) != System.Buffers.OperationStatus.Done)
                throw new DataFormatException(path, $"line {line}", "the text is not valid UTF-8");
            line += rune.Value == '\n' ? 1 : 0;
            bytes = bytes[used..];
        }
    }
}
