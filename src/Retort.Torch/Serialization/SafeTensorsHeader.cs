using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Retort.Torch.Serialization;

/// <summary>Where a tensor lies in the data that follows the header.</summary>
internal sealed record SafeTensorsEntry(string Name, DType DType, long[] Shape, long Begin, long End);

/// <summary>The JSON header of a safetensors file: read from bytes that nobody vouches for, or laid out for writing.</summary>
internal sealed class SafeTensorsHeader
{
    /// <summary>The most bytes a header may have; the same as in the reference implementation.</summary>
    public const long MostBytes = 100_000_000;

    private const string MetadataKey = "__metadata__";

    // libtorch's own iteration stops at this many.
    private const int MostDimensions = 64;

    private static readonly (string Name, DType DType)[] Names =
    [
        ("F64", DType.Float64), ("F32", DType.Float32), ("F16", DType.Float16), ("BF16", DType.BFloat16), ("I64", DType.Int64),
        ("I32", DType.Int32), ("I16", DType.Int16), ("I8", DType.Int8), ("U8", DType.UInt8), ("BOOL", DType.Bool),
    ];

    private SafeTensorsHeader(IReadOnlyList<SafeTensorsEntry> entries, IReadOnlyDictionary<string, string> metadata)
    {
        Entries = entries;
        Metadata = metadata;
    }

    /// <summary>The tensors, in the header's order.</summary>
    public IReadOnlyList<SafeTensorsEntry> Entries { get; }

    /// <summary>The file's own strings.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    private static string Supported => string.Join(", ", Names.Select(n => n.Name));

    /// <summary>Reads and checks a header against the number of bytes that follow it.</summary>
    public static SafeTensorsHeader Parse(string file, ReadOnlySpan<byte> json, long dataLength)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 8 });
        try
        {
            var entries = new List<SafeTensorsEntry>();
            var names = new HashSet<string>(StringComparer.Ordinal);
            IReadOnlyDictionary<string, string>? metadata = null;
            Expect(ref reader, file, null, JsonTokenType.StartObject, "the header must be a JSON object");
            while (NextProperty(ref reader, file, null, out string name))
            {
                if (name == MetadataKey)
                {
                    if (metadata is not null)
                        throw new SafeTensorsException(file, null, $"the header has '{MetadataKey}' twice.");
                    metadata = ReadMetadata(ref reader, file);
                    continue;
                }

                if (!names.Add(name))
                    throw new SafeTensorsException(file, name, "the header names it twice.");
                entries.Add(ReadEntry(ref reader, file, name, dataLength));
            }

            if (reader.Read())
                throw new SafeTensorsException(
                    file, null, "the header has something after its JSON object; only spaces are allowed.");
            RequireGapless(file, entries, dataLength);
            return new SafeTensorsHeader(entries, metadata ?? new Dictionary<string, string>());
        }
        catch (JsonException e)
        {
            throw new SafeTensorsException(file, null, $"the header is no valid JSON at byte {8 + reader.BytesConsumed}.", e);
        }
    }

    /// <summary>Lays out tensors in that order; the widest come first in the data, so that each is aligned.</summary>
    /// <param name="file">The file's path, for errors.</param>
    /// <param name="tensors">Name, type and shape of each.</param>
    /// <param name="metadata">The file's own strings.</param>
    public static SafeTensorsHeader Layout(
        string file,
        IReadOnlyList<(string Name, DType DType, long[] Shape)> tensors,
        IReadOnlyDictionary<string, string> metadata)
    {
        var entries = new SafeTensorsEntry[tensors.Count];
        var names = new HashSet<string>(StringComparer.Ordinal);
        long end = 0;
        foreach (int k in Enumerable.Range(0, tensors.Count).OrderByDescending(k => tensors[k].DType.Size()))
        {
            (string name, DType dtype, long[] shape) = tensors[k];
            if (name == MetadataKey)
                throw new SafeTensorsException(file, name, "this name is the format's own; no tensor can have it.");
            if (!names.Add(name))
                throw new SafeTensorsException(file, name, "it was given twice; each name must be there once.");
            if (!Array.Exists(Names, n => n.DType == dtype))
                throw new SafeTensorsException(file, name, $"its type is {dtype}, which the format has not; it has {Supported}.");
            long begin = end;
            end = checked(begin + (shape.Aggregate(1L, (product, size) => checked(product * size)) * dtype.Size()));
            entries[k] = new SafeTensorsEntry(name, dtype, shape, begin, end);
        }

        return new SafeTensorsHeader(entries, metadata);
    }

    /// <summary>The header's bytes: its length, the JSON, and spaces up to a multiple of 8.</summary>
    public byte[] ToBytes(string file)
    {
        var buffer = new ArrayBufferWriter<byte>(256 + (Entries.Count * 96));
        buffer.Write(stackalloc byte[8]);

        // Names stand as they are: this is no HTML, and other writers of the format do not escape either.
        var options = new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };
        using (var writer = new Utf8JsonWriter(buffer, options))
        {
            writer.WriteStartObject();
            if (Metadata.Count > 0)
            {
                writer.WriteStartObject(MetadataKey);
                foreach ((string key, string value) in Metadata)
                    writer.WriteString(key, value);
                writer.WriteEndObject();
            }

            foreach (SafeTensorsEntry entry in Entries)
            {
                writer.WriteStartObject(entry.Name);
                writer.WriteString("dtype", Names[Array.FindIndex(Names, n => n.DType == entry.DType)].Name);
                writer.WriteStartArray("shape");
                foreach (long size in entry.Shape)
                    writer.WriteNumberValue(size);
                writer.WriteEndArray();
                writer.WriteStartArray("data_offsets");
                writer.WriteNumberValue(entry.Begin);
                writer.WriteNumberValue(entry.End);
                writer.WriteEndArray();
                writer.WriteEndObject();
            }

            writer.WriteEndObject();
        }

        int padding = -buffer.WrittenCount & 7;
        buffer.GetSpan(padding)[..padding].Fill((byte)' ');
        buffer.Advance(padding);
        byte[] bytes = buffer.WrittenSpan.ToArray();
        if (bytes.Length - 8 > MostBytes)
            throw new SafeTensorsException(
                file, null, $"the header would have {bytes.Length - 8} bytes; at most {MostBytes} are allowed.");
        BitConverter.TryWriteBytes(bytes, (ulong)(bytes.Length - 8));
        return bytes;
    }

    private static Dictionary<string, string> ReadMetadata(ref Utf8JsonReader reader, string file)
    {
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        Expect(ref reader, file, null, JsonTokenType.StartObject, $"'{MetadataKey}' must be an object of strings");
        while (NextProperty(ref reader, file, null, out string key))
        {
            Expect(ref reader, file, null, JsonTokenType.String, $"the values of '{MetadataKey}' must be strings");
            if (!metadata.TryAdd(key, Text(ref reader, file, null)))
                throw new SafeTensorsException(file, null, $"'{MetadataKey}' has a key twice.");
        }

        return metadata;
    }

    private static SafeTensorsEntry ReadEntry(ref Utf8JsonReader reader, string file, string name, long dataLength)
    {
        DType? dtype = null;
        long[]? shape = null, offsets = null;
        Expect(ref reader, file, name, JsonTokenType.StartObject, "its entry must be an object of dtype, shape and data_offsets");
        while (NextProperty(ref reader, file, name, out string key))
        {
            switch (key)
            {
                case "dtype" when dtype is null:
                    Expect(ref reader, file, name, JsonTokenType.String, "dtype must be a string");
                    dtype = ReadDType(ref reader, file, name);
                    break;
                case "shape" when shape is null:
                    shape = ReadNumbers(ref reader, file, name, key);
                    break;
                case "data_offsets" when offsets is null:
                    offsets = ReadNumbers(ref reader, file, name, key);
                    break;
                case "dtype" or "shape" or "data_offsets":
                    throw new SafeTensorsException(file, name, $"its entry has {key} twice.");
                default:
                    throw new SafeTensorsException(
                        file, name, "its entry has an unknown key; dtype, shape and data_offsets are allowed.");
            }
        }

        if (dtype is not { } type || shape is null || offsets is null)
            throw new SafeTensorsException(file, name, "its entry lacks one of dtype, shape and data_offsets.");
        if (offsets.Length != 2 || offsets[0] > offsets[1] || offsets[1] > dataLength)
            throw new SafeTensorsException(
                file,
                name,
                $"data_offsets are [{string.Join(", ", offsets)}]; a begin and an end up to {dataLength} are allowed.");
        long bytes = type.Size();
        try
        {
            // A size of 0 last must not excuse an overflow before it, nor one first hide what follows.
            foreach (long size in shape)
                bytes = checked(bytes * size);
        }
        catch (OverflowException)
        {
            throw new SafeTensorsException(
                file, name, $"its shape [{string.Join(", ", shape)}] holds more bytes than 64 bits can count.");
        }

        if (bytes != offsets[1] - offsets[0])
            throw new SafeTensorsException(
                file,
                name,
                $"data_offsets span {offsets[1] - offsets[0]} bytes; {type} [{string.Join(", ", shape)}] takes {bytes}.");
        return new SafeTensorsEntry(name, type, shape, offsets[0], offsets[1]);
    }

    private static DType ReadDType(ref Utf8JsonReader reader, string file, string name)
    {
        string text = Text(ref reader, file, name);
        int index = Array.FindIndex(Names, n => n.Name == text);
        return index >= 0
            ? Names[index].DType
            : throw new SafeTensorsException(
                file, name, $"dtype is '{(text.Length <= 20 ? text : text[..20])}'; supported are {Supported}.");
    }

    private static long[] ReadNumbers(ref Utf8JsonReader reader, string file, string name, string key)
    {
        Expect(ref reader, file, name, JsonTokenType.StartArray, $"{key} must be an array of whole numbers");
        var numbers = new List<long>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out long number) || number < 0)
                throw new SafeTensorsException(file, name, $"{key} must hold whole numbers from 0 to {long.MaxValue}.");
            if (numbers.Count == MostDimensions)
                throw new SafeTensorsException(file, name, $"{key} has more than {MostDimensions} numbers.");
            numbers.Add(number);
        }

        return [.. numbers];
    }

    private static void RequireGapless(string file, List<SafeTensorsEntry> entries, long dataLength)
    {
        long end = 0;
        foreach (SafeTensorsEntry entry in entries.OrderBy(e => e.Begin).ThenBy(e => e.End))
        {
            if (entry.Begin != end)
                throw new SafeTensorsException(
                    file,
                    entry.Name,
                    $"its data begins at {entry.Begin} where that before it ends at {end}; gaps and overlaps are not allowed.");
            end = entry.End;
        }

        if (end != dataLength)
            throw new SafeTensorsException(file, null, $"the tensors take {end} bytes of data and the file has {dataLength}.");
    }

    private static void Expect(ref Utf8JsonReader reader, string file, string? tensor, JsonTokenType type, string rule)
    {
        if (!reader.Read() || reader.TokenType != type)
            throw new SafeTensorsException(file, tensor, $"{rule} (found {reader.TokenType}).");
    }

    private static bool NextProperty(ref Utf8JsonReader reader, string file, string? tensor, out string name)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.EndObject)
        {
            name = string.Empty;
            return false;
        }

        name = Text(ref reader, file, tensor);
        return true;
    }

    private static string Text(ref Utf8JsonReader reader, string file, string? tensor)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw new SafeTensorsException(file, tensor, "a string of the header is no valid UTF-8.", e);
        }
    }
}
