using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Compression;

/// <summary>How much room a network takes whose weights are stored as numbers of values.</summary>
/// <remarks>A quantised tensor costs bits · n for its numbers, 2 · 32 for the range of each bucket, and 32 for each point of its
/// own; everything else, buffers included, what it costs in a checkpoint.</remarks>
public sealed class PackedSize
{
    private const long FloatBits = 32;
    private readonly Dictionary<long, long> _counts = [];
    private long _bits;

    /// <summary>Counts a network before anything of it is quantised.</summary>
    public PackedSize(Module network)
    {
        ArgumentNullException.ThrowIfNull(network);
        _bits = 8 * network.StateDict().Values.Sum(t => t.NumElements * t.DType.Size());
    }

    /// <summary>Bytes, rounded up.</summary>
    public long Bytes => (_bits + 7) / 8;

    /// <summary>Mean bits of a quantised weight in the best prefix code of all their numbers; 0 where nothing is
    /// quantised.</summary>
    public double CodeBits => HuffmanCode.MeanLength(_counts.Values);

    /// <summary>Counts a tensor as quantised.</summary>
    /// <param name="whole">The tensor as the network has it.</param>
    /// <param name="codes">The number of each weight's value, int64.</param>
    /// <param name="values">How many values there are, at least 1.</param>
    /// <param name="bucket">Numbers in a bucket.</param>
    /// <param name="storedPoints">How many of the values are stored, because they are the tensor's own.</param>
    public void Add(Tensor whole, Tensor codes, int values, int bucket, int storedPoints = 0)
    {
        ArgumentNullException.ThrowIfNull(whole);
        ArgumentNullException.ThrowIfNull(codes);
        long count = whole.NumElements, each = (long)Math.Ceiling(Math.Log2(values));
        _bits += each * count + 2 * FloatBits * ScaledBuckets.BucketsOf(count, bucket) + FloatBits * storedPoints
            - 8 * count * whole.DType.Size();
        long[] found = codes.Reshape([-1]).Bincount().ToArray<long>();
        for (int k = 0; k < found.Length; k++)
            _counts[k] = _counts.GetValueOrDefault(k) + found[k];
    }
}
