using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Retort.Tracking;

/// <summary>Writes <c>metrics.jsonl</c>: one JSON object a line. Appends to what is there.</summary>
/// <remarks>
/// <para>A line: <c>{"step":12,"epoch":0.5,"wall_s":3.25,"stage":"teacher","seed":0,"values":{"loss/kd":0.31}}</c>; texts
/// stand under <c>"text"</c> instead. Outside the seeds <c>"seed"</c> is null. JSON has no NaN, so that and the infinities are
/// the strings <c>"NaN"</c>, <c>"Infinity"</c> and <c>"-Infinity"</c>.</para>
/// <para>A last line torn by a kill is cut off on opening. <see cref="MetricsLog"/> reads the file.</para>
/// </remarks>
public sealed class JsonlTracker : ITracker
{
    private static readonly JsonWriterOptions Options = new()
    {
        // The file is read by programs and people, never put into HTML as it is, so only what JSON demands is escaped.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly LineLog _log;
    private readonly ArrayBufferWriter<byte> _buffer = new();

    /// <summary>Opens or creates the file, and its folder.</summary>
    /// <exception cref="IOException">The file cannot be written, or another process writes it.</exception>
    public JsonlTracker(string path, TimeProvider? clock = null) =>
        _log = new LineLog(path, header: null, KeyOf, clock ?? TimeProvider.System);

    /// <inheritdoc/>
    public void Scalars(in TrackPoint at, ReadOnlySpan<Metric> values)
    {
        foreach (Metric value in values)
            TrackerNames.Require(value.Name, nameof(values));
        using Utf8JsonWriter writer = Begin(at);
        writer.WriteStartObject("values");
        foreach (Metric value in values)
            WriteNumber(writer, value.Name, value.Value);
        writer.WriteEndObject();
        End(writer);
    }

    /// <inheritdoc/>
    public void Text(in TrackPoint at, string name, string text)
    {
        TrackerNames.Require(name, nameof(name));
        using Utf8JsonWriter writer = Begin(at);
        writer.WriteStartObject("text");
        writer.WriteString(name, text);
        writer.WriteEndObject();
        End(writer);
    }

    /// <inheritdoc/>
    public void Rewind(string stage, long? seed, long step) => _log.Rewind(stage, seed, step);

    /// <inheritdoc/>
    public void Flush() => _log.Flush();

    /// <inheritdoc/>
    public void Dispose() => _log.Dispose();

    private static LineLog.Key? KeyOf(string line)
    {
        try
        {
            MetricRecord record = MetricRecord.Parse(Encoding.UTF8.GetBytes(line));
            return new LineLog.Key(record.At.Stage, record.At.Seed, record.At.Step);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static void WriteNumber(Utf8JsonWriter writer, string name, double value)
    {
        if (double.IsFinite(value))
            writer.WriteNumber(name, value);
        else
            writer.WriteString(name, double.IsNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
    }

    private Utf8JsonWriter Begin(in TrackPoint at)
    {
        TrackerNames.Require(at.Stage, nameof(at));
        _buffer.ResetWrittenCount();
        var writer = new Utf8JsonWriter(_buffer, Options);
        writer.WriteStartObject();
        writer.WriteNumber("step", at.Step);
        WriteNumber(writer, "epoch", at.Epoch);
        WriteNumber(writer, "wall_s", Math.Round(at.WallSeconds, 6));
        writer.WriteString("stage", at.Stage);
        if (at.Seed is { } seed)
            writer.WriteNumber("seed", seed);
        else
            writer.WriteNull("seed");
        return writer;
    }

    private void End(Utf8JsonWriter writer)
    {
        writer.WriteEndObject();
        writer.Flush();
        _log.Append(_buffer.WrittenSpan);
    }
}
