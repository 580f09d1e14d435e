using System.Text;

namespace Retort.Data.Formats;

/// <summary>Reads CSV and TSV files record by record: RFC 4180 quoting, UTF-8, plain or gzip.</summary>
/// <remarks>Memory is that of one record, however long the file. Blank lines are skipped. Every record must have as many
/// fields as the first.</remarks>
public sealed class DelimitedReader : IDisposable
{
    private readonly LineReader _lines;
    private readonly DelimitedOptions _options;
    private readonly StringBuilder _field = new();
    private readonly List<string> _fields = [];
    private int _width = -1;
    private long _length;

    /// <summary>Opens a file and reads its header, if it has one.</summary>
    /// <param name="path">A CSV or TSV file, plain or gzip whatever its name.</param>
    /// <param name="options">How it is written.</param>
    /// <exception cref="DataFormatException">The header is missing, malformed, or names a column twice.</exception>
    public DelimitedReader(string path, DelimitedOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Delimiter == options.Quote || options.Delimiter is '\n' or '\r' || options.Quote is '\n' or '\r')
            throw new ArgumentException("Delimiter and quote must differ and be no line ends.", nameof(options));
        _options = options;
        _lines = new LineReader(ByteSource.Open(path), options.MaxRecordLength);
        try
        {
            Header = options.HasHeader ? ReadHeader() : [];
        }
        catch
        {
            _lines.Dispose();
            throw;
        }
    }

    /// <summary>The column names in order; empty where the file has no header.</summary>
    public IReadOnlyList<string> Header { get; }

    /// <summary>Position of a named column.</summary>
    /// <exception cref="DataFormatException">The header has no such column; the message lists those it has.</exception>
    public int Column(string name)
    {
        for (int i = 0; i < Header.Count; i++)
        {
            if (Header[i] == name)
                return i;
        }
        string known = Header.Count == 0
            ? "the file was opened without a header"
            : "the header has: " + string.Join(", ", Header);
        throw new DataFormatException(_lines.Name, "header", $"there is no column '{name}'; {known}");
    }

    /// <summary>The records from the present place to the end, one by one.</summary>
    /// <exception cref="DataFormatException">A record is malformed, too long, or has another number of fields than the
    /// first.</exception>
    public IEnumerable<DelimitedRecord> Records()
    {
        while (ReadRecord() is { } record)
            yield return record;
    }

    /// <inheritdoc/>
    public void Dispose() => _lines.Dispose();

    private string[] ReadHeader()
    {
        DelimitedRecord header = ReadRecord()
            ?? throw new DataFormatException(_lines.Name, "line 1", "the file is empty; a header is expected");
        HashSet<string> seen = [];
        foreach (string name in header.Fields)
        {
            if (!seen.Add(name))
                throw new DataFormatException(_lines.Name, $"line {header.Line}", $"the header names the column '{name}' twice");
        }
        return header.Fields;
    }

    private DelimitedRecord? ReadRecord()
    {
        string? line;
        do
            line = _lines.Read();
        while (line is not null && (line.Length == 0 || (_options.TrimSpaces && string.IsNullOrWhiteSpace(line))));
        if (line is null)
            return null;

        long start = _lines.LineNumber;
        _fields.Clear();
        _length = line.Length;
        Split(line, start);
        if (_width < 0)
            _width = _fields.Count;
        if (_fields.Count != _width)
            throw new DataFormatException(_lines.Name, $"line {start}", $"{Count(_fields.Count)}; the first record has {_width}");
        return new DelimitedRecord(start, [.. _fields]);
    }

    private void Split(string line, long start)
    {
        int at = 0;
        while (true)
        {
            int quote = OpeningQuote(line, at);
            at = quote < 0 ? Plain(line, at) : Quoted(ref line, quote + 1, start);
            if (_fields.Count > _options.MaxFields)
                throw new DataFormatException(
                    _lines.Name, $"line {start}", $"more than {_options.MaxFields} fields, which is the limit");
            if (at == line.Length)
                return;
            at++;   // the delimiter; a field follows it, if only an empty one
        }
    }

    private int OpeningQuote(string line, int at)
    {
        while (_options.TrimSpaces && at < line.Length && line[at] is ' ' or '\t' && line[at] != _options.Delimiter)
            at++;
        return at < line.Length && line[at] == _options.Quote ? at : -1;
    }

    private int Plain(string line, int at)
    {
        int end = line.IndexOf(_options.Delimiter, at);
        if (end < 0)
            end = line.Length;
        ReadOnlySpan<char> field = line.AsSpan(at, end - at);
        if (_options.Quote is { } quote && field.Contains(quote))
        {
            throw new DataFormatException(_lines.Name, Place(at + field.IndexOf(quote)),
                $"a quote {quote} within a field that does not start with one; quote the whole field and double the quotes "
                + "in it");
        }
        _fields.Add((_options.TrimSpaces ? field.Trim(" \t") : field).ToString());
        return end;
    }

    private int Quoted(ref string line, int at, long start)
    {
        char quote = _options.Quote!.Value;
        _field.Clear();
        while (true)
        {
            int end = line.IndexOf(quote, at);
            _field.Append(line, at, (end < 0 ? line.Length : end) - at);
            if (end < 0)
            {
                _field.Append('\n');
                line = _lines.Read()
                    ?? throw new DataFormatException(
                        _lines.Name, $"line {start}", "a quoted field is not closed before the file ends");
                at = 0;
                _length += line.Length;
                if (_length > _options.MaxRecordLength)
                {
                    throw new DataFormatException(_lines.Name, $"line {start}",
                        $"the record is longer than {_options.MaxRecordLength} characters, which is the limit");
                }
            }
            else if (end + 1 < line.Length && line[end + 1] == quote)
            {
                _field.Append(quote);
                at = end + 2;
            }
            else
            {
                _fields.Add(_field.ToString());
                return AfterQuote(line, end + 1);
            }
        }
    }

    private int AfterQuote(string line, int at)
    {
        while (_options.TrimSpaces && at < line.Length && line[at] is ' ' or '\t' && line[at] != _options.Delimiter)
            at++;
        return at == line.Length || line[at] == _options.Delimiter
            ? at
            : throw new DataFormatException(_lines.Name, Place(at),
                $"'{line[at]}' after a closing quote; '{_options.Delimiter}' or the line's end is expected");
    }

    private string Place(int at) => $"line {_lines.LineNumber}, column {at + 1}";

    private static string Count(int fields) => fields == 1 ? "1 field" : $"{fields} fields";
}
