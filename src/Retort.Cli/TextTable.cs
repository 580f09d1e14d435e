namespace Retort.Cli;

/// <summary>Rows in columns as wide as what stands in them, two spaces apart.</summary>
internal sealed class TextTable
{
    private readonly List<string[]> _rows = [];
    private readonly HashSet<int> _right;

    /// <summary>Creates a table; of the headings, those that begin with '>' stand above columns set to the right.</summary>
    public TextTable(params ReadOnlySpan<string> headings)
    {
        string[] names = headings.ToArray();
        _right = [.. names.Index().Where(h => h.Item.StartsWith('>')).Select(h => h.Index)];
        _rows.Add(Array.ConvertAll(names, h => h.TrimStart('>')));
    }

    /// <summary>Whether there is no row but the headings.</summary>
    public bool IsEmpty => _rows.Count == 1;

    public void Add(params ReadOnlySpan<string> cells) => _rows.Add(Array.ConvertAll(cells.ToArray(), Words.Plain));

    public void Write(TextWriter writer, string indent = "")
    {
        int[] widths = [.. Enumerable.Range(0, _rows[0].Length).Select(column => _rows.Max(row => row[column].Length))];
        foreach (string[] row in _rows)
        {
            IEnumerable<string> cells = row.Select(
                (cell, k) => _right.Contains(k) ? cell.PadLeft(widths[k]) : cell.PadRight(widths[k]));
            writer.WriteLine((indent + string.Join("  ", cells)).TrimEnd());
        }
    }
}
