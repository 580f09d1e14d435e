using System.Buffers;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Retort.Torch;

namespace Retort.Data;

/// <summary>A data set: samples of one shape (pictures, numbers or tokens) and integer labels.</summary>
/// <remarks>Subsets share the samples of the whole and cost no memory. Nothing changes after creation, and several threads
/// may read at once.</remarks>
public sealed class Dataset
{
    /// <summary>The label of a sample that has none.</summary>
    public const long NoLabel = -100;

    private readonly ISampleSource _source;
    private readonly int[] _places;
    private readonly long[] _labels;
    private readonly long[] _ids;
    private readonly Lazy<string> _fingerprint;

    private Dataset(string name, string split, ISampleSource source, int[] places, long[] labels, IReadOnlyList<string> classes)
    {
        Name = name;
        Split = split;
        ClassNames = classes;
        _source = source;
        _places = places;
        _labels = labels;
        _ids = Array.ConvertAll(places, place => (long)place);
        SampleSize = checked((int)source.SampleShape.Aggregate(1L, (product, size) => checked(product * size)));
        _fingerprint = new Lazy<string>(Hash);
    }

    /// <summary>The set's name, as <c>fashion-mnist</c>.</summary>
    public string Name { get; }

    /// <summary>The split, as <c>train</c> or <c>test</c>.</summary>
    public string Split { get; }

    /// <summary>How many samples there are.</summary>
    public int Count => _places.Length;

    /// <summary>The shape of one sample: [C, H, W] for pictures, [D] for features, [L] for tokens.</summary>
    public IReadOnlyList<long> SampleShape => _source.SampleShape;

    /// <summary>Elements of one sample.</summary>
    public int SampleSize { get; }

    /// <summary>Names of the classes in label order.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>How samples are stored: UInt8 (pictures), Float32 (numbers) or Int64 (tokens).</summary>
    public DType ElementType => _source.ElementType;

    /// <summary>Whether samples are bytes, which a batch gives as numbers from 0 to 1.</summary>
    public bool IsBytes => _source.ElementType == DType.UInt8;

    /// <summary>Whether samples are decoded or drawn when they are asked for, so that a loader should work ahead.</summary>
    public bool IsCostly => _source.IsCostly;

    /// <summary>Labels, one a sample.</summary>
    public IReadOnlyList<long> Labels => _labels;

    /// <summary>Further tensors that every sample has.</summary>
    public IReadOnlyList<SampleField> Fields => _source.Fields;

    /// <summary>Each sample's number in the whole split, which stays the same in subsets: what stores are keyed by.</summary>
    public IReadOnlyList<long> Ids => _ids;

    /// <summary>SHA-256 of what the set is made of, in lower-case hexadecimal: the same content, the same fingerprint.</summary>
    public string Fingerprint => _fingerprint.Value;

    /// <summary>A set of pictures, bytes in [M, C, H, W] order.</summary>
    /// <exception cref="ArgumentException">The numbers do not fit together, or a label is out of range.</exception>
    public static Dataset OfImages(
        string name, string split, byte[] pixels, long[] sampleShape, long[] labels, IReadOnlyList<string> classes) =>
        OfArray(name, split, pixels, sampleShape, labels, classes);

    /// <summary>A set of feature vectors or other numbers, row-major.</summary>
    /// <exception cref="ArgumentException">The numbers do not fit together, or a label is out of range.</exception>
    public static Dataset OfNumbers(
        string name, string split, float[] values, long[] sampleShape, long[] labels, IReadOnlyList<string> classes) =>
        OfArray(name, split, values, sampleShape, labels, classes);

    /// <summary>A set of token sequences of one length, row-major.</summary>
    /// <exception cref="ArgumentException">The numbers do not fit together, or a label is out of range.</exception>
    public static Dataset OfTokens(
        string name, string split, long[] tokens, long[] sampleShape, long[] labels, IReadOnlyList<string> classes) =>
        OfArray(name, split, tokens, sampleShape, labels, classes);

    /// <summary>A set whose samples are read when they are asked for.</summary>
    /// <exception cref="ArgumentException">There is not one label a sample, or a label is out of range.</exception>
    public static Dataset Of(string name, string split, ISampleSource source, long[] labels, IReadOnlyList<string> classes)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(classes);
        if (labels.Length != source.Count)
            throw new ArgumentException($"{labels.Length} labels for {source.Count} samples.", nameof(labels));
        RequireLabels(labels, classes);
        return new Dataset(name, split, source, [.. Enumerable.Range(0, labels.Length)], labels, classes);
    }

    /// <summary>The samples at these places, in this order; a place may come more than once.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such place.</exception>
    public Dataset Subset(IReadOnlyList<int> places)
    {
        ArgumentNullException.ThrowIfNull(places);
        var chosen = new int[places.Count];
        var labels = new long[places.Count];
        for (int k = 0; k < chosen.Length; k++)
        {
            int place = places[k];
            if (place < 0 || place >= Count)
                throw new ArgumentOutOfRangeException(nameof(places), place, $"the set has {Count} samples.");
            chosen[k] = _places[place];
            labels[k] = _labels[place];
        }

        return new Dataset(Name, Split, _source, chosen, labels, ClassNames);
    }

    /// <summary>The same samples and ids under other labels.</summary>
    /// <param name="labels">One a sample, or <see cref="NoLabel"/>.</param>
    /// <param name="classes">Names of the classes in label order.</param>
    /// <exception cref="ArgumentException">There is not one label a sample, or a label is out of range.</exception>
    public Dataset Labelled(IReadOnlyList<long> labels, IReadOnlyList<string> classes)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(classes);
        if (labels.Count != Count)
            throw new ArgumentException($"{labels.Count} labels for {Count} samples.", nameof(labels));
        RequireLabels(labels, classes);
        return new Dataset(Name, Split, _source, _places, [.. labels], classes);
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

    /// <summary>The first samples of each class, as many as make the counts fall by a constant ratio from the first class to the
    /// last; in the order of the set. Samples without a label stay.</summary>
    /// <param name="imbalance">The first class's count over the last one's, at least 1. The first class keeps as many samples
    /// as the smallest has, and every class one at least.</param>
    /// <exception cref="ArgumentOutOfRangeException">The imbalance is below 1.</exception>
    public Dataset LongTailed(double imbalance)
    {
        if (!(imbalance >= 1))
            throw new ArgumentOutOfRangeException(nameof(imbalance), imbalance, "must be at least 1.");
        if (imbalance == 1 || ClassNames.Count < 2)
            return this;
        long most = Enumerable.Range(0, ClassNames.Count).Min(c => _labels.LongCount(l => l == c));
        var left = new double[ClassNames.Count];
        for (int c = 0; c < left.Length; c++)
            left[c] = Math.Max(1, Math.Floor(most * Math.Pow(imbalance, -(double)c / (left.Length - 1)) + 1e-9));
        return Subset([.. Enumerable.Range(0, Count).Where(place => _labels[place] < 0 || left[_labels[place]]-- > 0)]);
    }

    /// <summary>Splits into two by chance: the first has <paramref name="fraction"/> of the samples, class by class.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The fraction is not in [0, 1].</exception>
    public (Dataset First, Dataset Second) SplitOff(double fraction, ulong seed)
    {
        if (!(fraction >= 0 && fraction <= 1))
            throw new ArgumentOutOfRangeException(nameof(fraction), fraction, "must be 0 to 1.");
        int[] order = Interleave(RandomStream.Derive(seed, 0x51D0FF).Permutation(Count));
        int count = (int)Math.Round(fraction * Count);
        int[] first = order[..count];
        int[] second = order[count..];
        Array.Sort(first);
        Array.Sort(second);
        return (Subset(first), Subset(second));
    }

    /// <summary>A batch of the samples at these places: inputs (bytes become float32, 0 to 1), labels, ids.</summary>
    /// <param name="places">Places in this set; a place may come more than once.</param>
    /// <param name="threads">How many threads may decode samples; those in memory are copied by the calling one.</param>
    /// <exception cref="DataFormatException">A sample's file is damaged.</exception>
    public Batch Gather(ReadOnlySpan<int> places, int threads = 1)
    {
        long[] shape = [places.Length, .. SampleShape];
        var labels = new long[places.Length];
        var ids = new long[places.Length];
        for (int k = 0; k < places.Length; k++)
        {
            labels[k] = _labels[places[k]];
            ids[k] = _ids[places[k]];
        }

        Tensor input;
        if (IsBytes)
        {
            input = Tensor.Empty(DType.Float32, shape);
            int size = places.Length * SampleSize;
            byte[] pixels = ArrayPool<byte>.Shared.Rent(size);
            ReadAll(places, pixels, threads);
            PixelScale.ToUnit(pixels.AsSpan(0, size), input.AsSpan<float>());
            ArrayPool<byte>.Shared.Return(pixels);
        }
        else if (ElementType == DType.Float32)
        {
            input = Tensor.Empty(DType.Float32, shape);
            ReadEach(places, MemoryMarshal.AsBytes(input.AsSpan<float>()));
        }
        else
        {
            input = Tensor.Empty(DType.Int64, shape);
            ReadEach(places, MemoryMarshal.AsBytes(input.AsSpan<long>()));
        }
        return WithFields(new Batch(input, Tensor.From(labels), Tensor.From(ids)), places);
    }

    /// <summary>One of the further tensors of every sample, [M, …].</summary>
    /// <param name="name">Its name among <see cref="Fields"/>.</param>
    /// <exception cref="ArgumentException">Samples have no such tensor.</exception>
    public Tensor FieldOf(string name)
    {
        for (int f = 0; f < Fields.Count; f++)
        {
            if (Fields[f].Name == name)
                return FieldOf(f, [.. Enumerable.Range(0, Count)]);
        }

        string known = Fields.Count == 0 ? "none" : string.Join(", ", Fields.Select(f => f.Name));
        throw new ArgumentException($"samples of '{Name}' have no field '{name}'; they have: {known}.", nameof(name));
    }

    /// <summary>The bytes of one sample.</summary>
    /// <exception cref="InvalidOperationException">The set holds numbers or tokens.</exception>
    /// <exception cref="DataFormatException">The sample's file is damaged.</exception>
    public ReadOnlySpan<byte> BytesOf(int place)
    {
        if (!IsBytes)
            throw new InvalidOperationException($"'{Name}' holds numbers, not pictures.");
        var bytes = new byte[SampleSize];
        _source.Read(_places[place], bytes);
        return bytes;
    }

    private static void RequireLabels(IReadOnlyList<long> labels, IReadOnlyList<string> classes)
    {
        foreach (long label in labels)
        {
            if (label != NoLabel && (label < 0 || label >= classes.Count))
            {
                throw new ArgumentException(
                    $"a label is {label}; with {classes.Count} classes it must be 0 to {classes.Count - 1}, "
                    + $"or {NoLabel} for none.",
                    nameof(labels));
            }
        }
    }

    private static Dataset OfArray<T>(
        string name, string split, T[] values, long[] sampleShape, long[] labels, IReadOnlyList<string> classes)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentNullException.ThrowIfNull(sampleShape);
        ArgumentNullException.ThrowIfNull(labels);
        long size = sampleShape.Aggregate(1L, (product, next) => checked(product * next));
        long expected = checked(size * labels.Length);
        if (values.LongLength != expected)
        {
            throw new ArgumentException(
                $"{labels.Length} samples of [{string.Join(", ", sampleShape)}] are {expected} values, not {values.LongLength}.",
                nameof(values));
        }
        return Of(name, split, new MemorySource<T>(values, sampleShape, labels.Length), labels, classes);
    }

    private Batch WithFields(Batch batch, ReadOnlySpan<int> places)
    {
        if (_source.Fields.Count == 0)
            return batch;
        var fields = new Dictionary<string, Tensor>();
        for (int f = 0; f < _source.Fields.Count; f++)
            fields[_source.Fields[f].Name] = FieldOf(f, places);

        fields.Remove("labels", out Tensor? labels);
        fields.Remove("targets", out Tensor? targets);
        return new Batch(batch.Input, labels ?? batch.Labels, batch.Index, targets, fields);
    }

    private Tensor FieldOf(int which, ReadOnlySpan<int> places)
    {
        SampleField field = _source.Fields[which];
        Tensor values = Tensor.Empty(field.ElementType, [places.Length, .. field.Shape]);
        Span<byte> target = field.ElementType switch
        {
            DType.UInt8 => values.AsSpan<byte>(),
            DType.Float32 => MemoryMarshal.AsBytes(values.AsSpan<float>()),
            _ => MemoryMarshal.AsBytes(values.AsSpan<long>()),
        };
        for (int k = 0; k < places.Length; k++)
            _source.ReadField(_places[places[k]], which, target.Slice(k * field.Bytes, field.Bytes));
        return values;
    }

    private void ReadAll(ReadOnlySpan<int> places, byte[] pixels, int threads)
    {
        if (threads <= 1 || !IsCostly)
        {
            ReadEach(places, pixels.AsSpan(0, places.Length * SampleSize));
            return;
        }

        int[] chosen = places.ToArray();
        try
        {
            Parallel.For(0, chosen.Length, new ParallelOptions { MaxDegreeOfParallelism = threads },
                k => _source.Read(_places[chosen[k]], pixels.AsSpan(k * SampleSize, SampleSize)));
        }
        catch (AggregateException error)
        {
            // One damaged file is the news, not how many threads met one.
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(error.InnerExceptions[0]);
        }
    }

    private void ReadEach(ReadOnlySpan<int> places, Span<byte> target)
    {
        int bytes = places.Length == 0 ? 0 : target.Length / places.Length;
        for (int k = 0; k < places.Length; k++)
            _source.Read(_places[places[k]], target.Slice(k * bytes, bytes));
    }

    // Classes in turn, each in the order given and in proportion to its size: every prefix is balanced.
    private int[] Interleave(int[] order)
    {
        var sizes = new Dictionary<long, int>();
        foreach (long label in _labels)
            sizes[label] = sizes.GetValueOrDefault(label) + 1;
        var seen = new Dictionary<long, int>();
        var keys = new (double Share, long Label)[order.Length];
        for (int k = 0; k < order.Length; k++)
        {
            long label = _labels[order[k]];
            int rank = seen.GetValueOrDefault(label);
            seen[label] = rank + 1;
            keys[k] = ((rank + 0.5) / sizes[label], label);
        }

        int[] sorted = [.. order];
        Array.Sort(keys, sorted);
        return sorted;
    }

    private string Hash()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(
            $"{Name}\n{Split}\n{ElementType}\n{string.Join('x', SampleShape)}\n"
            + $"{string.Join('\t', ClassNames)}\n{_source.Identity}\n"));
        hash.AppendData(MemoryMarshal.AsBytes(_labels.AsSpan()));
        hash.AppendData(MemoryMarshal.AsBytes(_ids.AsSpan()));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
