using Retort.Torch;

namespace Retort.Compression;

/// <summary>A tensor cut into buckets of consecutive numbers, each scaled linearly to [0, 1]: what rounding works on.</summary>
/// <remarks>
/// <para>Polino et al., "Model compression via distillation and quantization", ICLR 2018, arXiv:1802.05668, section 2.2, in
/// the form of the authors' code: w' = (w − min) / (max − min) in each bucket; a range below 1e-10 counts as 1.</para>
/// <para>The last bucket is filled up with the tensor's last number. A tensor that is shorter than a bucket is one, not filled
/// up.</para>
/// </remarks>
public sealed class ScaledBuckets
{
    // Equal weights stay what they are, instead of becoming 0 / 0.
    private const double SmallestRange = 1e-10;

    private readonly long[] _shape;
    private readonly long _count;
    private readonly Tensor _least;
    private readonly Tensor _range;

    /// <summary>Cuts and scales a tensor; what is made belongs to the innermost scope.</summary>
    /// <param name="weights">[…], any floating dtype, at least one number. No gradient flows here.</param>
    /// <param name="bucket">Numbers in a bucket, at least 2.</param>
    /// <exception cref="ArgumentOutOfRangeException">The bucket is too small.</exception>
    /// <exception cref="ShapeException">There is no number.</exception>
    public ScaledBuckets(Tensor weights, int bucket)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentOutOfRangeException.ThrowIfLessThan(bucket, 2);
        _shape = weights.Shape;
        _count = weights.NumElements;
        if (_count == 0)
            throw new ShapeException($"'weights' {Shapes.Text(weights)} holds nothing to quantise.");
        Tensor flat = weights.Detach().Reshape([-1]);
        Count = BucketsOf(_count, bucket);
        long missing = _count < bucket ? 0 : Count * bucket - _count;
        if (missing > 0)
            flat = Ops.Cat([flat, flat.Narrow(0, _count - 1, 1).Expand([missing])], 0);
        Tensor rows = flat.Reshape([Count, -1]);                              // [buckets, bucket]
        _least = rows.Amin([1], keepDim: true);
        Tensor range = rows.Amax([1], keepDim: true) - _least;
        _range = Ops.Where(range < SmallestRange, range.OnesLike(), range);   // [buckets, 1]
        Scaled = (rows - _least) / _range;
    }

    /// <summary>How many buckets there are.</summary>
    public long Count { get; }

    /// <summary>w', [buckets, numbers of a bucket], in [0, 1] but for rounding.</summary>
    public Tensor Scaled { get; }

    /// <summary>How many buckets so many numbers make.</summary>
    public static long BucketsOf(long count, int bucket) => count < bucket ? 1 : (count + bucket - 1) / bucket;

    /// <summary>Undoes the scaling, and leaves off what the last bucket was filled up with.</summary>
    /// <param name="scaled">[buckets, numbers of a bucket]; gradients flow through.</param>
    /// <returns>A tensor of the original's shape.</returns>
    public Tensor Unscaled(Tensor scaled)
    {
        ArgumentNullException.ThrowIfNull(scaled);
        return Trimmed(scaled * _range + _least);
    }

    /// <summary>Lays rows of buckets out as the original, and leaves off what the last bucket was filled up with.</summary>
    /// <param name="rows">[buckets, numbers of a bucket], any dtype.</param>
    public Tensor Trimmed(Tensor rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        return rows.Reshape([-1]).Narrow(0, 0, _count).Reshape(_shape);
    }
}
