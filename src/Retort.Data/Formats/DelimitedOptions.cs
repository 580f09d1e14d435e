namespace Retort.Data.Formats;

/// <summary>How a CSV or TSV file is written.</summary>
public sealed record DelimitedOptions
{
    /// <summary>Comma-separated with a header, RFC 4180.</summary>
    public static DelimitedOptions Csv { get; } = new();

    /// <summary>Tab-separated with a header; quotes are ordinary characters, as in most corpora.</summary>
    public static DelimitedOptions Tsv { get; } = new() { Delimiter = '\t', Quote = null };

    /// <summary>The character between two fields. The default is the comma.</summary>
    public char Delimiter { get; init; } = ',';

    /// <summary>The character around fields that hold delimiters, quotes or line ends; null where there is none.</summary>
    public char? Quote { get; init; } = '"';

    /// <summary>Whether the first record names the columns. The default is true.</summary>
    public bool HasHeader { get; init; } = true;

    /// <summary>Whether spaces and tabs around unquoted fields are dropped. The default is false.</summary>
    public bool TrimSpaces { get; init; }

    /// <summary>The longest record allowed, in bytes of UTF-8 a line and in characters in all. The default is 16 Mi.</summary>
    public int MaxRecordLength { get; init; } = TextFile.DefaultMaxLineBytes;

    /// <summary>The most fields allowed in a record. The default is 65,536.</summary>
    public int MaxFields { get; init; } = 1 << 16;
}
