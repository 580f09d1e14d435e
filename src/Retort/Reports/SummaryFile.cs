using System.Text.Encodings.Web;
using System.Text.Json;

namespace Retort.Reports;

/// <summary>Writes and reads <c>summary.json</c>.</summary>
public static class SummaryFile
{
    private const long MostBytes = 64 << 20;

    // Model names may hold any letter; the file is read as JSON, never pasted into HTML as it is.
    private static readonly SummaryJson Json = new(new JsonSerializerOptions(SummaryJson.Default.Options)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    /// <summary>Writes a summary. The file is replaced as a whole or not at all.</summary>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public static void Write(string path, RunSummary summary)
    {
        ArgumentNullException.ThrowIfNull(summary);
        AtomicFile.Write(path, stream =>
        {
            JsonSerializer.Serialize(stream, summary, Json.RunSummary);
            stream.WriteByte((byte)'\n');
        });
    }

    /// <summary>Reads a summary. Keys that it does not know are skipped, so that newer files stay readable.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is no summary; the message names file and place.</exception>
    public static RunSummary Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using FileStream stream = File.OpenRead(path);
        if (stream.Length > MostBytes)
            throw new InvalidDataException($"{path}: {stream.Length} bytes; a summary has at most {MostBytes}.");
        try
        {
            return JsonSerializer.Deserialize(stream, Json.RunSummary)
                ?? throw new JsonException("found null, expected an object.");
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"{path}: not a summary: {error.Message}", error);
        }
    }
}
