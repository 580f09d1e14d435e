using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;

namespace Retort.Tracking;

/// <summary>Reads what <see cref="JsonlTracker"/> writes, also while it is being written.</summary>
public static class MetricsLog
{
    /// <summary>
    /// Reads a file record by record. A last line without its line feed is still being written and is left out.
    /// </summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">A line is no record; the message names file and line.</exception>
    public static IEnumerable<MetricRecord> Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return ReadLines(path);
    }

    private static IEnumerable<MetricRecord> ReadLines(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        long number = 0;
        string? line = reader.ReadLine();
        while (line is not null)
        {
            number++;
            string? next = reader.ReadLine();
            if (TryParse(line, out MetricRecord? record, out string problem))
                yield return record;
            else if (next is not null)
                throw new InvalidDataException($"{path}:{number}: not a record of metrics: {problem}");
            line = next;
        }
    }

    private static bool TryParse(string line, [NotNullWhen(true)] out MetricRecord? record, out string problem)
    {
        try
        {
            record = MetricRecord.Parse(Encoding.UTF8.GetBytes(line));
            problem = "";
            return true;
        }
        catch (JsonException error)
        {
            record = null;
            problem = error.Message;
            return false;
        }
    }
}
