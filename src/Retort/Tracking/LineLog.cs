using System.Text;

namespace Retort.Tracking;

/// <summary>A text file that only grows, a record a line, and can be wound back to a step.</summary>
/// <remarks>
/// Lines are buffered and reach the operating system when the buffer is full or a few seconds have passed, so that
/// others can follow the file; <see cref="Flush"/> waits for the disk. A line torn by a kill is cut off on opening.
/// </remarks>
internal sealed class LineLog : IDisposable
{
    private static readonly TimeSpan FollowDelay = TimeSpan.FromSeconds(2);

    private readonly string _path;
    private readonly string? _header;
    private readonly Func<string, Key?> _parse;
    private readonly TimeProvider _clock;
    private FileStream? _stream;
    private long _written;

    /// <summary>Opens the file for appending, or creates it.</summary>
    /// <param name="path">The file. Its folder is created.</param>
    /// <param name="header">A first line that is no record, or null.</param>
    /// <param name="parse">Which stage, seed and step a line belongs to; null where it is damaged.</param>
    /// <param name="clock">Decides when lines are handed to the operating system.</param>
    public LineLog(string path, string? header, Func<string, Key?> parse, TimeProvider clock)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        _path = Path.GetFullPath(path);
        _header = header;
        _parse = parse;
        _clock = clock;
        Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
        _stream = Open();
    }

    /// <summary>The record that a line belongs to.</summary>
    public readonly record struct Key(string Stage, long? Seed, long Step);

    /// <summary>Appends a line; <paramref name="line"/> carries no line feed.</summary>
    public void Append(ReadOnlySpan<byte> line)
    {
        ObjectDisposedException.ThrowIf(_stream is null, this);
        _stream.Write(line);
        _stream.WriteByte((byte)'\n');
        if (_clock.GetElapsedTime(_written) >= FollowDelay)
        {
            _stream.Flush();
            _written = _clock.GetTimestamp();
        }
    }

    /// <summary>Drops the lines of a stage and seed beyond a step, and damaged ones.</summary>
    public void Rewind(string stage, long? seed, long step)
    {
        ObjectDisposedException.ThrowIf(_stream is null, this);
        _stream.Flush();
        if (!File.ReadLines(_path).Skip(_header is null ? 0 : 1).Any(l => !IsKept(l)))
            return;

        _stream.Dispose();
        _stream = null;
        string temporary = _path + ".tmp";
        using (var output = new FileStream(temporary, FileMode.Create, FileAccess.Write))
        {
            using (var writer = new StreamWriter(output, leaveOpen: true) { NewLine = "\n" })
            {
                foreach (string line in File.ReadLines(_path).Where((l, i) => (i == 0 && _header is not null) || IsKept(l)))
                    writer.WriteLine(line);
            }

            output.Flush(flushToDisk: true);
        }

        File.Move(temporary, _path, overwrite: true);
        _stream = Open();

        bool IsKept(string line) =>
            _parse(line) is { } key && (key.Stage != stage || key.Seed != seed || key.Step <= step);
    }

    /// <summary>Waits until the disk has everything.</summary>
    public void Flush()
    {
        ObjectDisposedException.ThrowIf(_stream is null, this);
        _stream.Flush(flushToDisk: true);
        _written = _clock.GetTimestamp();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stream?.Dispose();
        _stream = null;
    }

    private FileStream Open()
    {
        var stream = new FileStream(_path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 1 << 16);
        try
        {
            stream.SetLength(EndOfLastLine(stream));
            stream.Seek(0, SeekOrigin.End);
            if (stream.Length == 0 && _header is not null)
                stream.Write(Encoding.UTF8.GetBytes(_header + "\n"));
            _written = _clock.GetTimestamp();
            return stream;
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    private static long EndOfLastLine(FileStream stream)
    {
        Span<byte> block = stackalloc byte[4096];
        long end = stream.Length;
        while (end > 0)
        {
            int length = (int)Math.Min(block.Length, end);
            stream.Seek(end - length, SeekOrigin.Begin);
            stream.ReadExactly(block[..length]);
            int lineFeed = block[..length].LastIndexOf((byte)'\n');
            if (lineFeed >= 0)
                return end - length + lineFeed + 1;
            end -= length;
        }

        return 0;
    }
}
