using System.Globalization;
using System.Text;

namespace Retort.Tracking;

/// <summary>Writes figures as CSV (RFC 4180), one figure a line, so that new figures never need a new column.</summary>
/// <remarks>
/// Columns: <c>stage,seed,step,epoch,wall_s,name,value</c>. Outside the seeds <c>seed</c> is empty. Numbers are in the
/// invariant culture and read back to the same bits; <c>NaN</c>, <c>Infinity</c> and <c>-Infinity</c> stand as such. Texts are
/// left out.
/// </remarks>
public sealed class CsvTracker : ITracker
{
    private const string Header = "stage,seed,step,epoch,wall_s,name,value";
    private readonly LineLog _log;

    /// <summary>Opens or creates the file, and its folder.</summary>
    /// <exception cref="IOException">The file cannot be written, or another process writes it.</exception>
    public CsvTracker(string path, TimeProvider? clock = null) =>
        _log = new LineLog(path, Header, KeyOf, clock ?? TimeProvider.System);

    /// <inheritdoc/>
    public void Scalars(in TrackPoint at, ReadOnlySpan<Metric> values)
    {
        TrackerNames.Require(at.Stage, nameof(at));
        foreach (Metric value in values)
            TrackerNames.Require(value.Name, nameof(values));
        string moment = string.Create(
            CultureInfo.InvariantCulture,
            $"{Quote(at.Stage)},{at.Seed},{at.Step},{at.Epoch:R},{Math.Round(at.WallSeconds, 6):R}");
        foreach (Metric value in values)
        {
            string line = string.Create(
                CultureInfo.InvariantCulture,
                $"{moment},{Quote(value.Name)},{value.Value:R}");
            _log.Append(Encoding.UTF8.GetBytes(line));
        }
    }

    /// <inheritdoc/>
    public void Text(in TrackPoint at, string name, string text)
    {
    }

    /// <inheritdoc/>
    public void Rewind(string stage, long? seed, long step) => _log.Rewind(stage, seed, step);

    /// <inheritdoc/>
    public void Flush() => _log.Flush();

    /// <inheritdoc/>
    public void Dispose() => _log.Dispose();

    /// <summary>Puts a field into quotes where a comma or quote in it demands that.</summary>
    internal static string Quote(string field) =>
        field.AsSpan().IndexOfAny(",\"\r\n") < 0 ? field : $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static LineLog.Key? KeyOf(string line)
    {
        List<string> fields = Split(line);
        long seed = 0;
        if (fields.Count != 7 || (fields[1].Length > 0 && !TryParse(fields[1], out seed)) || !TryParse(fields[2], out long step))
            return null;
        return new LineLog.Key(fields[0], fields[1].Length > 0 ? seed : null, step);
    }

    private static bool TryParse(string field, out long number) =>
        long.TryParse(field, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);

    private static List<string> Split(string line)
    {
        var fields = new List<string>();
        var field = new StringBuilder();
        bool isQuoted = false;
        for (int i = 0; i < line.Length; i++)
        {
            if (isQuoted && line[i] == '"' && i + 1 < line.Length && line[i + 1] == '"')
            {
                field.Append('"');
                i++;
            }
            else if (line[i] == '"')
            {
                isQuoted = !isQuoted;
            }
            else if (line[i] == ',' && !isQuoted)
            {
                fields.Add(field.ToString());
                field.Clear();
            }
            else
            {
                field.Append(line[i]);
            }
        }

        fields.Add(field.ToString());
        return fields;
    }
}
