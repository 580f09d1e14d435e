using System.Text;
using System.Text.Json;
using Retort.Data;

namespace Retort.Asking;

/// <summary>Every answer that was paid for, a JSON object a line, on the disk before anything is made of it.</summary>
/// <remarks>The file only grows. A line that a kill or a full disk left unfinished at its end is cut off when the journal is
/// opened again. Answers are found by what was asked, so a journal outlives changes of everything else.</remarks>
public sealed class ReplyJournal : IDisposable
{
    private const int LongestLine = 64 << 20;
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };
    private readonly Dictionary<string, Reply> _replies = [];
    private readonly Lock _lock = new();
    private readonly FileStream _file;
    private readonly string _path;

    private ReplyJournal(string path, FileStream file)
    {
        _path = path;
        _file = file;
    }

    /// <summary>How many answers it holds.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _replies.Count;
        }
    }

    /// <summary>All that it holds.</summary>
    public IReadOnlyCollection<Reply> All
    {
        get
        {
            lock (_lock)
                return [.. _replies.Values];
        }
    }

    /// <summary>Opens a journal, or begins one.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="DataFormatException">A line before the last is damaged.</exception>
    /// <exception cref="IOException">The file cannot be written, or another process writes it.</exception>
    public static ReplyJournal Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        var journal = new ReplyJournal(path, file);
        try
        {
            journal.Read();
            return journal;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The answer under a key; null where there is none.</summary>
    public Reply? Find(string key)
    {
        lock (_lock)
            return _replies.GetValueOrDefault(key);
    }

    /// <summary>Adds an answer; it is on the disk when this returns.</summary>
    /// <exception cref="IOException">It could not be written.</exception>
    public void Add(Reply reply)
    {
        ArgumentNullException.ThrowIfNull(reply);
        byte[] line = [.. JsonSerializer.SerializeToUtf8Bytes(reply, Json), (byte)'\n'];
        lock (_lock)
        {
            long end = _file.Position;
            try
            {
                _file.Write(line);
                _file.Flush(flushToDisk: true);
            }
            catch (IOException)
            {
                // Half a line must not stand before whole ones.
                _file.SetLength(end);
                throw;
            }

            _replies[reply.Key] = reply;
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();

    private void Read()
    {
        long whole = 0, number = 0;
        var line = new List<byte>();
        var buffer = new byte[1 << 16];
        int read;
        while ((read = _file.Read(buffer)) > 0)
        {
            ReadOnlySpan<byte> rest = buffer.AsSpan(0, read);
            int end;
            while ((end = rest.IndexOf((byte)'\n')) >= 0)
            {
                line.AddRange(rest[..end]);
                rest = rest[(end + 1)..];
                Take(line, ++number);
                whole += line.Count + 1;
                line.Clear();
            }

            line.AddRange(rest);
            if (line.Count > LongestLine)
                throw new DataFormatException(_path, $"line {number + 1}", $"is longer than {LongestLine >> 20} MiB");
        }

        _file.SetLength(whole);
        _file.Position = whole;
    }

    private void Take(List<byte> line, long number)
    {
        try
        {
            Reply reply = JsonSerializer.Deserialize<Reply>(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(line), Json)
                ?? throw new JsonException("null");
            _replies[reply.Key ?? throw new JsonException("no key")] = reply with { Text = reply.Text ?? string.Empty };
        }
        catch (JsonException e)
        {
            throw new DataFormatException(
                _path, $"line {number}", $"holds no answer: {Encoding.UTF8.GetString([.. line.Take(80)])}", e);
        }
    }
}
