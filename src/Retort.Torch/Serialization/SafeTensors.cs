using System.Text.Json;
using Retort.Torch.Interop;

namespace Retort.Torch.Serialization;

/// <summary>Reads and writes safetensors files: named tensors and strings, and nothing that could run.</summary>
/// <remarks>
/// Element types: float64, float32, float16, bfloat16, int64, int32, int16, int8, uint8 and bool. A file is checked whole
/// (header, sizes, gaps, overlaps) before a tensor is made of it.
/// </remarks>
public static unsafe class SafeTensors
{
    // The longest span that one write takes; a multiple of every page size.
    private const int MostAtOnce = 1 << 28;

    /// <summary>Opens all tensors of a file, in its header's order, on the CPU.</summary>
    /// <remarks>
    /// The file is mapped, not copied: pages are read when they are touched, and changing a tensor in place changes no
    /// file. It must not be shortened in place while a tensor of it lives; replacing it by renaming, as
    /// <see cref="Write"/> does, is safe. A tensor that is not aligned to its element size is copied.
    /// </remarks>
    /// <exception cref="SafeTensorsException">The file breaks a rule of the format.</exception>
    /// <exception cref="IOException">The file is not there or cannot be read.</exception>
    public static IReadOnlyDictionary<string, Tensor> Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using FileStream stream = Open(path);
        long dataStart = DataStart(path, stream);
        var file = new MappedFile(stream);
        try
        {
            var json = new ReadOnlySpan<byte>(file.Data + 8, (int)(dataStart - 8));
            SafeTensorsHeader header = SafeTensorsHeader.Parse(path, json, file.Length - dataStart);
            var tensors = new OrderedDictionary<string, Tensor>(header.Entries.Count, StringComparer.Ordinal);
            using var scope = new TensorScope();
            foreach (SafeTensorsEntry entry in header.Entries)
                tensors.Add(entry.Name, Materialise(path, file, file.Data + dataStart, entry));
            scope.Keep(tensors.Values);
            return tensors;
        }
        finally
        {
            file.Release();
        }
    }

    /// <summary>The strings that a file carries beside its tensors; empty where it has none.</summary>
    /// <exception cref="SafeTensorsException">The file breaks a rule of the format.</exception>
    /// <exception cref="IOException">The file is not there or cannot be read.</exception>
    public static IReadOnlyDictionary<string, string> ReadMetadata(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using FileStream stream = Open(path);
        long dataStart = DataStart(path, stream);
        var json = new byte[dataStart - 8];
        stream.ReadExactly(json);
        return SafeTensorsHeader.Parse(path, json, stream.Length - dataStart).Metadata;
    }

    /// <summary>Opens all tensors of a model that is split over several files, by its <c>*.safetensors.index.json</c>.</summary>
    /// <remarks>The shards lie beside the index; each must hold exactly the tensors that the index says.</remarks>
    /// <exception cref="SafeTensorsException">The index or a shard breaks a rule, or they do not fit together.</exception>
    /// <exception cref="IOException">The index or a shard is not there or cannot be read.</exception>
    public static IReadOnlyDictionary<string, Tensor> ReadIndex(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        OrderedDictionary<string, string> shardOf = ReadWeightMap(path);
        using var scope = new TensorScope();
        var tensors = new OrderedDictionary<string, Tensor>(shardOf.Count, StringComparer.Ordinal);
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        foreach (IGrouping<string, KeyValuePair<string, string>> shard in shardOf.GroupBy(s => s.Value))
        {
            string file = Path.Combine(folder, shard.Key);
            IReadOnlyDictionary<string, Tensor> read = Read(file);
            foreach ((string name, _) in shard)
            {
                tensors.Add(name, read.TryGetValue(name, out Tensor? tensor)
                    ? tensor
                    : throw new SafeTensorsException(file, name, $"it is not there, and '{path}' says it is."));
            }

            if (read.Keys.FirstOrDefault(n => !shardOf.TryGetValue(n, out string? owner) || owner != shard.Key) is { } unknown)
                throw new SafeTensorsException(file, unknown, $"'{path}' does not place it in this file.");
        }

        scope.Keep(tensors.Values);
        return tensors;
    }

    /// <summary>Writes tensors in the order given, to a temporary name that is renamed when all is on the disk.</summary>
    /// <param name="path">The file to make or replace.</param>
    /// <param name="tensors">Tensors by name; those elsewhere are copied to the CPU.</param>
    /// <param name="metadata">Strings to keep beside them.</param>
    /// <exception cref="SafeTensorsException">
    /// A name comes twice or is <c>__metadata__</c>, or a type is none of the format's.
    /// </exception>
    /// <exception cref="IOException">The file cannot be written; what was there before is untouched.</exception>
    public static void Write(
        string path, IEnumerable<KeyValuePair<string, Tensor>> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(tensors);
        KeyValuePair<string, Tensor>[] all = [.. tensors];
        SafeTensorsHeader header = SafeTensorsHeader.Layout(
            path,
            Array.ConvertAll(all, t => (t.Key, t.Value.DType, t.Value.Shape)),
            metadata ?? new Dictionary<string, string>());
        byte[] head = header.ToBytes(path);
        string temporary = path + ".partial";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
            {
                stream.Write(head);
                foreach (int k in Enumerable.Range(0, all.Length).OrderBy(k => header.Entries[k].Begin))
                    WriteData(stream, path, all[k].Key, all[k].Value, header.Entries[k].End - header.Entries[k].Begin);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    private static FileStream Open(string path)
    {
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
        if (stream.CanSeek)
            return stream;
        stream.Dispose();
        throw new SafeTensorsException(path, null, "it is a pipe or a device; a regular file is needed.");
    }

    private static long DataStart(string path, FileStream stream)
    {
        long length = stream.Length;
        if (length < 10)
            throw new SafeTensorsException(path, null, $"it has {length} bytes; the shortest safetensors file has 10.");
        Span<byte> first = stackalloc byte[8];
        stream.ReadExactly(first);
        ulong header = BitConverter.ToUInt64(first);
        ulong most = (ulong)Math.Min(length - 8, SafeTensorsHeader.MostBytes);
        return header is >= 2 && header <= most
            ? (long)header + 8
            : throw new SafeTensorsException(
                path, null, $"its first 8 bytes give a header of {header} bytes; 2 to {most} are allowed here.");
    }

    private static Tensor Materialise(string path, MappedFile file, byte* data, SafeTensorsEntry entry)
    {
        byte* first = data + entry.Begin;
        long bytes = entry.End - entry.Begin;
        if (entry.DType == DType.Bool)
            RequireBooleans(path, entry.Name, first, bytes);
        if (bytes > 0 && (nuint)first % (nuint)entry.DType.Size() == 0)
        {
            file.Retain();
            return Tensor.Wrap(first, entry.DType, entry.Shape, file.Release);
        }

        Tensor copy = Tensor.Empty(entry.DType, entry.Shape);
        if (bytes > 0)
            System.Buffer.MemoryCopy(first, Native.rt_tensor_data(copy.Handle), bytes, bytes);
        return copy;
    }

    // A bool of any other value is undefined behaviour in C++.
    private static void RequireBooleans(string path, string name, byte* first, long count)
    {
        for (long done = 0; done < count; done += MostAtOnce)
        {
            var part = new ReadOnlySpan<byte>(first + done, (int)Math.Min(MostAtOnce, count - done));
            int wrong = part.IndexOfAnyExcept((byte)0, (byte)1);
            if (wrong >= 0)
                throw new SafeTensorsException(
                    path, name, $"element {done + wrong} of this BOOL is {part[wrong]}; 0 and 1 are allowed.");
        }
    }

    private static void WriteData(FileStream stream, string path, string name, Tensor tensor, long bytes)
    {
        if (bytes == 0)
            return;
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        Tensor host = tensor.To(Device.Cpu).Contiguous();
        var first = (byte*)Native.rt_tensor_data(host.Handle);
        if (first == null)
            throw new SafeTensorsException(path, name, "its layout is not strided; make it dense first.");
        for (long done = 0; done < bytes; done += MostAtOnce)
            stream.Write(new ReadOnlySpan<byte>(first + done, (int)Math.Min(MostAtOnce, bytes - done)));
        GC.KeepAlive(host);
    }

    private static OrderedDictionary<string, string> ReadWeightMap(string path)
    {
        using FileStream stream = Open(path);
        if (stream.Length > SafeTensorsHeader.MostBytes)
            throw new SafeTensorsException(
                path, null, $"the index has {stream.Length} bytes; at most {SafeTensorsHeader.MostBytes} are allowed.");
        try
        {
            using JsonDocument document = JsonDocument.Parse(stream, new JsonDocumentOptions { MaxDepth = 16 });
            if (document.RootElement.ValueKind != JsonValueKind.Object
                || !document.RootElement.TryGetProperty("weight_map", out JsonElement map)
                || map.ValueKind != JsonValueKind.Object)
                throw new SafeTensorsException(path, null, "the index must be a JSON object with an object 'weight_map'.");
            var shardOf = new OrderedDictionary<string, string>(StringComparer.Ordinal);
            foreach (JsonProperty entry in map.EnumerateObject())
            {
                if (entry.Value.ValueKind != JsonValueKind.String || !IsPlainFileName(entry.Value.GetString()!))
                    throw new SafeTensorsException(
                        path, entry.Name, "its shard must be the plain name of a file beside the index.");
                if (!shardOf.TryAdd(entry.Name, entry.Value.GetString()!))
                    throw new SafeTensorsException(path, entry.Name, "the index names it twice.");
            }

            return shardOf;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new SafeTensorsException(path, null, "the index is no valid JSON.", e);
        }
    }

    private static bool IsPlainFileName(string name) =>
        name.Length is > 0 and <= 255 && name is not "." and not ".." && name.IndexOfAny(['/', '\\', '\0']) < 0;
}
