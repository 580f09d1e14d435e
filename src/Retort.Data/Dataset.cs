using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Retort.Torch;

namespace Retort.Data;

/// <summary>A data set in memory: inputs as bytes (pictures) or as numbers, and integer labels.</summary>
public sealed class Dataset
{
    /// <summary>The label of a sample that has none.</summary>
    public const long NoLabel = -100;

    private readonly byte[]? _bytes;
    private readonly float[]? _numbers;
    private readonly long[] _labels;
    private readonly Lazy<string> _fingerprint;

    private Dataset(string name, string split, byte[]? bytes, float[]? numbers, long[] sampleShape, long[] labels, IReadOnlyList<string> classes)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(sampleShape);
        ArgumentNullException.ThrowIfNull(classes);
        SampleSize = checked((int)sampleShape.Aggregate(1L, (product, size) => checked(product * size)));
        long expected = checked((long)SampleSize * labels.Length);
        long found = bytes?.LongLength ?? numbers!.LongLength;
        if (found != expected)
            throw new ArgumentException($"{labels.Length} samples of [{string.Join(", ", sampleShape)}] are {expected} values, not {found}.");
        foreach (long label in labels)
        {
            if (label != NoLabel && (label < 0 || label >= classes.Count))
                throw new ArgumentException($"a label is {label}; with {classes.Count} classes it must be 0 to {classes.Count - 1}, or {NoLabel} for none.");
        }

        Name = name;
        Split = split;
        _bytes = bytes;
        _numbers = numbers;
        _labels = labels;
        SampleShape = sampleShape;
        ClassNames = classes;
        Ids = [.. Enumerable.Range(0, labels.Length).Select(i => (long)i)];
        _fingerprint = new Lazy<string>(Hash);
    }

    /// <summary>The set's name, as <c>fashion-mnist</c>.</summary>
    public string Name { get; }

    /// <summary>The split, as <c>train</c> or <c>test</c>.</summary>
    public string Split { get; }

    /// <summary>How many samples there are.</summary>
    public int Count => _labels.Length;

    /// <summary>The shape of one sample: [C, H, W] for pictures.</summary>
    public IReadOnlyList<long> SampleShape { get; }

    /// <summary>Values of one sample.</summary>
    public int SampleSize { get; }

    /// <summary>Names of the classes in label order.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>Whether samples are bytes, which a batch gives as numbers from 0 to 1.</summary>
    public bool IsBytes => _bytes is not null;

    /// <summary>Labels, one a sample.</summary>
    public IReadOnlyList<long> Labels => _labels;

    /// <summary>Each sample's number in the whole split, which stays the same in subsets: what stores are keyed by.</summary>
    public IReadOnlyList<long> Ids { get; private init; }

    /// <summary>SHA-256 of all content, in lower-case hexadecimal.</summary>
    public string Fingerprint => _fingerprint.Value;

    /// <summary>A set of pictures, bytes in [M, C, H, W] order.</summary>
    /// <exception cref="ArgumentException">The numbers do not fit together, or a label is out of range.</exception>
    public static Dataset OfImages(string name, string split, byte[] pixels, long[] sampleShape, long[] labels, IReadOnlyList<string> classes)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        return new Dataset(name, split, pixels, null, sampleShape, labels, classes);
    }

    /// <summary>A set of feature vectors or other numbers, row-major.</summary>
    /// <exception cref="ArgumentException">The numbers do not fit together, or a label is out of range.</exception>
    public static Dataset OfNumbers(string name, string split, float[] values, long[] sampleShape, long[] labels, IReadOnlyList<string> classes)
    {
        ArgumentNullException.ThrowIfNull(values);
        return new Dataset(name, split, null, values, sampleShape, labels, classes);
    }

    /// <summary>The samples at these places, in this order.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such place.</exception>
    public Dataset Subset(IReadOnlyList<int> places)
    {
        ArgumentNullException.ThrowIfNull(places);
        foreach (int place in places)
        {
            if (place < 0 || place >= Count)
                throw new ArgumentOutOfRangeException(nameof(places), place, $"the set has {Count} samples.");
        }

        int[] at = [.. places];
        return new Dataset(
            Name, Split, Take(_bytes, at), Take(_numbers, at), [.. SampleShape], Array.ConvertAll(at, p => _labels[p]), ClassNames)
        {
            Ids = Array.ConvertAll(at, p => Ids[p]),
        };
    }

    /// <summary>The first samples; all where there are fewer.</summary>
    public Dataset Take(int count) => count >= Count ? this : Subset([.. Enumerable.Range(0, count)]);

    /// <summary>Samples drawn without replacement, in the order of the set.</summary>
    /// <param name="count">How many.</param>
    /// <param name="seed">The same seed draws the same samples.</param>
    /// <param name="balanced">Whether each class gets its share of the set, to within one sample.</param>
    public Dataset Sample(int count, ulong seed, bool balanced = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        int[] order = RandomStream.Derive(seed, 0x5A3917).Permutation(Count);
        if (balanced)
            order = Interleave(order);
        int[] chosen = order[..Math.Min(count, Count)];
        Array.Sort(chosen);
        return Subset(chosen);
    }

    /// <summary>Splits into two by chance: the first has <paramref name="fraction"/> of the samples, class by class.</summary>
    public (Dataset First, Dataset Second) SplitOff(double fraction, ulong seed)
    {
        if (!(fraction >= 0 && fraction <= 1))
            throw new ArgumentOutOfRangeException(nameof(fraction), fraction, "must be 0 to 1.");
        int[] order = Interleave(RandomStream.Derive(seed, 0x51D0FF).Permutation(Count));
        int count = (int)Math.Round(fraction * Count);
        int[] first = order[..count], rest = order[count..];
        Array.Sort(first);
        Array.Sort(rest);
        return (Subset(first), Subset(rest));
    }

    /// <summary>A batch of the samples at these places: inputs float32 (bytes become 0 to 1), labels, ids.</summary>
    public Batch Gather(ReadOnlySpan<int> places)
    {
        long[] shape = [places.Length, .. SampleShape];
        var labels = new long[places.Length];
        var ids = new long[places.Length];
        for (int k = 0; k < places.Length; k++)
        {
            labels[k] = _labels[places[k]];
            ids[k] = Ids[places[k]];
        }

        return new Batch(Inputs(places, shape), Tensor.From(labels), Tensor.From(ids));
    }

    /// <summary>The bytes of one sample.</summary>
    /// <exception cref="InvalidOperationException">The set holds numbers.</exception>
    public ReadOnlySpan<byte> BytesOf(int place) => _bytes is null
        ? throw new InvalidOperationException($"'{Name}' holds numbers, not pictures.")
        : _bytes.AsSpan(place * SampleSize, SampleSize);

    private static T[]? Take<T>(T[]? values, int[] at, int size) =>
        values is null ? null : [.. at.SelectMany(p => new ArraySegment<T>(values, p * size, size))];

    private T[]? Take<T>(T[]? values, int[] at) => Take(values, at, SampleSize);

    private Tensor Inputs(ReadOnlySpan<int> places, long[] shape)
    {
        if (_numbers is not null)
        {
            Tensor numbers = Tensor.Empty(DType.Float32, shape);
            Span<float> target = numbers.AsSpan<float>();
            for (int k = 0; k < places.Length; k++)
                _numbers.AsSpan(places[k] * SampleSize, SampleSize).CopyTo(target[(k * SampleSize)..]);
            return numbers;
        }

        using var scope = new TensorScope();
        Tensor bytes = Tensor.Empty(DType.UInt8, shape);
        Span<byte> pixels = bytes.AsSpan<byte>();
        for (int k = 0; k < places.Length; k++)
            BytesOf(places[k]).CopyTo(pixels[(k * SampleSize)..]);
        return scope.Keep(bytes.To(DType.Float32).DivInPlace(255.0));
    }

    // Classes in turn, each in the order given: every prefix is balanced.
    private int[] Interleave(int[] order)
    {
        var queues = order.GroupBy(p => _labels[p]).OrderBy(g => g.Key).Select(g => g.ToArray()).ToArray();
        var result = new List<int>(order.Length);
        var fractions = queues.SelectMany(q => q.Select((place, k) => (At: (k + 0.5) / q.Length, place)));
        result.AddRange(fractions.OrderBy(f => f.At).Select(f => f.place));
        return [.. result];
    }

    private string Hash()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{Name}/{Split}/{string.Join('x', SampleShape)}/{string.Join('|', ClassNames)}"));
        hash.AppendData(_bytes ?? (ReadOnlySpan<byte>)System.Runtime.InteropServices.MemoryMarshal.AsBytes(_numbers.AsSpan()));
        Span<byte> number = stackalloc byte[8];
        foreach (long label in _labels.Concat(Ids))
        {
            BinaryPrimitives.WriteInt64LittleEndian(number, label);
            hash.AppendData(number);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
