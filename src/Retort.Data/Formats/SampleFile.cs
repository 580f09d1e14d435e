using System.Text.Json;
using Retort.Torch;
using Retort.Torch.Serialization;

namespace Retort.Data.Formats;

/// <summary>A data set in one safetensors file: what stages that make or choose data leave, and what others may bring.</summary>
/// <remarks><c>inputs</c> [M, …] (uint8 pictures, float32 numbers before normalisation, int64 tokens), <c>labels</c> [M] int64,
/// and any further tensor [M, …] of uint8, int64 or float32 as a field of each sample (<c>targets</c>: soft labels [M, K]). The
/// classes' names are in the metadata.</remarks>
public static class SampleFile
{
    private const string ClassesKey = "retort.classes";

    /// <summary>Writes a set, whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="inputs">[M, …], uint8, float32 or int64.</param>
    /// <param name="labels">[M] int64.</param>
    /// <param name="classes">The classes' names in label order; empty where there are none.</param>
    /// <param name="fields">Further tensors, [M, …] each.</param>
    public static void Write(
        string path, Tensor inputs, Tensor labels, IReadOnlyList<string> classes,
        IReadOnlyDictionary<string, Tensor>? fields = null)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(classes);
        var tensors = new Dictionary<string, Tensor>(fields ?? new Dictionary<string, Tensor>())
        {
            ["inputs"] = inputs.Contiguous(),
            ["labels"] = labels.Contiguous(),
        };
        SafeTensors.Write(path, tensors, new Dictionary<string, string> { [ClassesKey] = JsonSerializer.Serialize(classes) });
    }

    /// <summary>Writes a set as it is stored, without its fields.</summary>
    /// <param name="path">The file.</param>
    /// <param name="data">The set.</param>
    /// <param name="fields">Further tensors, [M, …] each.</param>
    public static void Write(string path, Dataset data, IReadOnlyDictionary<string, Tensor>? fields = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        using var scope = new TensorScope();
        int[] places = [.. Enumerable.Range(0, data.Count)];
        Tensor inputs = data.IsBytes
            ? Tensor.From<byte>([.. places.SelectMany(place => data.BytesOf(place).ToArray())], [data.Count, .. data.SampleShape])
            : data.Gather(places).Input;
        Write(path, inputs, Tensor.From<long>([.. data.Labels]), data.ClassNames, fields);
    }

    /// <summary>Reads a set.</summary>
    /// <param name="path">The file.</param>
    /// <param name="name">What the set is called.</param>
    /// <param name="split">The split that it stands for.</param>
    /// <exception cref="DataFormatException">The file is missing, damaged, or lacks what a set needs.</exception>
    public static Dataset Read(string path, string name, string split = "train")
    {
        if (!File.Exists(path))
            throw new DataFormatException(path, "file", "there is no such file");
        try
        {
            using var scope = new TensorScope();
            IReadOnlyDictionary<string, Tensor> tensors = SafeTensors.Read(path);
            Tensor inputs = Require(path, tensors, "inputs"), labels = Require(path, tensors, "labels");
            if (labels.Dimensions != 1 || labels.DType != DType.Int64
                || inputs.Dimensions < 1 || inputs.Size(0) != labels.Size(0))
            {
                throw new DataFormatException(
                    path, "labels", $"are {labels}; for inputs {inputs} they must be as many int64 numbers");
            }
            string[] classes = SafeTensors.ReadMetadata(path).TryGetValue(ClassesKey, out string? text)
                ? JsonSerializer.Deserialize<string[]>(text) ?? []
                : [];
            var source = new StoredSource(
                path, inputs,
                tensors.Where(t => t.Key is not ("inputs" or "labels")).OrderBy(t => t.Key, StringComparer.Ordinal));
            return Dataset.Of(name, split, source, labels.ToArray<long>(), classes);
        }
        catch (Exception e) when (e is SafeTensorsException or JsonException or ArgumentException)
        {
            throw new DataFormatException(path, "file", $"holds no data set: {e.Message}", e);
        }
    }

    private static Tensor Require(string path, IReadOnlyDictionary<string, Tensor> tensors, string name) =>
        tensors.TryGetValue(name, out Tensor? found)
            ? found
            : throw new DataFormatException(path, name, $"is missing; the file has: {string.Join(", ", tensors.Keys)}");

    /// <summary>Samples copied out of the file, so that it may be replaced while they are in use.</summary>
    private sealed class StoredSource : ISampleSource
    {
        private readonly byte[] _inputs;
        private readonly int _size;
        private readonly List<byte[]> _fields = [];

        public StoredSource(string path, Tensor inputs, IEnumerable<KeyValuePair<string, Tensor>> fields)
        {
            Count = checked((int)inputs.Size(0));
            SampleShape = inputs.Shape[1..];
            ElementType = inputs.DType is DType.UInt8 or DType.Float32 or DType.Int64
                ? inputs.DType
                : throw new DataFormatException(path, "inputs", $"are {inputs.DType}; they must be UInt8, Float32 or Int64");
            _inputs = BytesOf(inputs);
            _size = Count == 0 ? 0 : _inputs.Length / Count;
            var described = new List<SampleField>();
            foreach ((string name, Tensor values) in fields)
            {
                if (values.Dimensions < 1 || values.Size(0) != Count
                    || values.DType is not (DType.UInt8 or DType.Float32 or DType.Int64))
                {
                    throw new DataFormatException(
                        path, name, $"is {values}; it must have {Count} rows of UInt8, Float32 or Int64");
                }
                described.Add(new SampleField(name, values.Shape[1..], values.DType));
                _fields.Add(BytesOf(values));
            }

            Fields = described;
            Identity = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(_inputs))
                + string.Concat(_fields.Select(f => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(f))));
        }

        public int Count { get; }

        public IReadOnlyList<long> SampleShape { get; }

        public DType ElementType { get; }

        public bool IsCostly => false;

        public string Identity { get; }

        public IReadOnlyList<SampleField> Fields { get; }

        public void Read(int place, Span<byte> target) => _inputs.AsSpan(place * _size, _size).CopyTo(target);

        public void ReadField(int place, int field, Span<byte> target) =>
            _fields[field].AsSpan(place * Fields[field].Bytes, Fields[field].Bytes).CopyTo(target);

        private static byte[] BytesOf(Tensor tensor) => tensor.DType switch
        {
            DType.UInt8 => tensor.ToArray<byte>(),
            DType.Float32 => System.Runtime.InteropServices.MemoryMarshal.AsBytes(tensor.ToArray<float>().AsSpan()).ToArray(),
            _ => System.Runtime.InteropServices.MemoryMarshal.AsBytes(tensor.ToArray<long>().AsSpan()).ToArray(),
        };
    }
}
