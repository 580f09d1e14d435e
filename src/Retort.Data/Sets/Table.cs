using System.Globalization;
using Retort.Data.Formats;

namespace Retort.Data.Sets;

/// <summary>A CSV or TSV file as a whole.</summary>
internal sealed record Table(string Path, string[] Columns, IReadOnlyList<DelimitedRecord> Rows)
{
    public static Table Read(string path, CsvTable options)
    {
        using DelimitedReader reader = new(path, options.Format(path));
        DelimitedRecord[] rows = [.. reader.Records()];
        if (rows.Length == 0)
            throw new DataFormatException(path, "file", "there are no records");
        string[] columns = options.Header
            ? [.. reader.Header]
            : [.. Enumerable.Range(1, rows[0].Fields.Length).Select(k => k.ToString(CultureInfo.InvariantCulture))];
        return new Table(path, columns, rows);
    }

    public int Find(string column)
    {
        int place = Array.IndexOf(Columns, column);
        return place >= 0 ? place
            : throw new DataFormatException(
                Path, "header", $"there is no column '{column}'; there are: {string.Join(", ", Columns)}");
    }
}
