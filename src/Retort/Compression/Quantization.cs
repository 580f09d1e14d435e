using Retort.Torch;

namespace Retort.Compression;

/// <summary>Weights rounded to few values, evenly spaced or chosen, bucket by bucket.</summary>
/// <remarks>Polino et al., "Model compression via distillation and quantization", ICLR 2018, arXiv:1802.05668, in the form of the
/// authors' code; see <see cref="ScaledBuckets"/> for what a bucket is.</remarks>
public static class Quantization
{
    /// <summary>Numbers in a bucket where nothing else is said: the paper's section 5.</summary>
    public const int UsualBucket = 256;

    /// <summary>Rounds to evenly spaced values: round(w' (s − 1)) / (s − 1), scaled back; halves go to the even one.</summary>
    /// <param name="weights">[…], any floating dtype. No gradient flows here.</param>
    /// <param name="levels">s, at least 2.</param>
    /// <param name="bucket">Numbers in a bucket, at least 2.</param>
    /// <param name="stochastic">Whether a number goes up with the probability of its fraction, drawn from the default
    /// generator, instead of to the nearest.</param>
    /// <returns>The rounded weights and the number of each one's value, 0 to s − 1 as int64; both of the original's
    /// shape.</returns>
    public static (Tensor Values, Tensor Codes) Uniform(
        Tensor weights, int levels, int bucket = UsualBucket, bool stochastic = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(levels, 2);
        using var scope = new TensorScope();
        var buckets = new ScaledBuckets(weights, bucket);
        Tensor steps = buckets.Scaled * (levels - 1);
        Tensor codes = stochastic ? steps.Floor() + steps.Frac().Bernoulli() : steps.Round();
        return (scope.Keep(buckets.Unscaled(codes / (levels - 1))), scope.Keep(buckets.Trimmed(codes.To(DType.Int64))));
    }

    /// <summary>Rounds to the nearest of given points; halfway the higher one is taken.</summary>
    /// <param name="weights">[…], any floating dtype. No gradient flows here.</param>
    /// <param name="points">[P], ascending, on the scale of w'. A point gets the gradients of the weights that it stands for,
    /// each times its bucket's range.</param>
    /// <param name="bucket">Numbers in a bucket, at least 2.</param>
    /// <returns>The rounded weights and the number of each one's point, int64; both of the original's shape.</returns>
    /// <exception cref="ShapeException">The points are no vector.</exception>
    public static (Tensor Values, Tensor Codes) Nearest(Tensor weights, Tensor points, int bucket = UsualBucket)
    {
        Shapes.RequireDimensions(points, 1);
        using var scope = new TensorScope();
        var buckets = new ScaledBuckets(weights, bucket);
        long count = points.Size(0);
        Tensor fixedPoints = points.Detach();
        Tensor halfway = (fixedPoints.Narrow(0, 0, count - 1) + fixedPoints.Narrow(0, 1, count - 1)) / 2;
        Tensor codes = buckets.Scaled.Bucketize(halfway, right: true);                    // [buckets, bucket]
        Tensor chosen = points.IndexSelect(0, codes.Reshape([-1])).Reshape(codes.Shape);
        return (scope.Keep(buckets.Unscaled(chosen)), scope.Keep(buckets.Trimmed(codes)));
    }

    /// <summary>Points at evenly spaced quantiles of the scaled weights, the least and the greatest among them.</summary>
    /// <param name="weights">[…], any floating dtype.</param>
    /// <param name="count">How many points, at least 1.</param>
    /// <param name="bucket">Numbers in a bucket, at least 2.</param>
    /// <returns>[count], ascending; between two weights the quantile is interpolated linearly.</returns>
    public static Tensor QuantilePoints(Tensor weights, int count, int bucket = UsualBucket)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        using var scope = new TensorScope();
        var buckets = new ScaledBuckets(weights, bucket);
        (Tensor sorted, _) = buckets.Trimmed(buckets.Scaled).Reshape([-1]).Sort();

        // By hand, because libtorch's own refuses more than 2²⁴ numbers.
        double[] places =
        [
            .. Enumerable.Range(0, count).Select(k => count == 1 ? 0 : (double)k / (count - 1) * (sorted.NumElements - 1)),
        ];
        Tensor Of(Func<double, double> round) =>
            sorted.IndexSelect(0, Tensor.From(Array.ConvertAll(places, p => (long)round(p))).To(sorted.Device));
        Tensor share = Tensor.From(Array.ConvertAll(places, p => p - Math.Floor(p))).To(sorted.DType).To(sorted.Device);
        return scope.Keep(Of(Math.Floor).Lerp(Of(Math.Ceiling), share));
    }

    /// <summary>Shares points out among tensors: half of them stay with each, the others go where gradients are large.</summary>
    /// <param name="norms">The norm of each tensor's gradient, at least 0.</param>
    /// <param name="points">Points that each would have if all had as many, at least 2.</param>
    /// <returns>Points of each; their sum is <paramref name="points"/> times the number of tensors.</returns>
    /// <remarks>Shares are rounded, halves to the even number. What is then too much is taken off the largest, what is missing
    /// goes to the smallest.</remarks>
    public static int[] Allocate(IReadOnlyList<double> norms, int points)
    {
        ArgumentNullException.ThrowIfNull(norms);
        ArgumentOutOfRangeException.ThrowIfLessThan(points, 2);
        double sum = norms.Sum();
        int kept = points / 2, shared = norms.Count * (points - kept);
        if (norms.Count == 0)
            return [];
        int[] found =
        [
            .. norms.Select(n => kept + (int)Math.Round(
                shared * (sum > 0 ? n / sum : 1.0 / norms.Count), MidpointRounding.ToEven)),
        ];
        int surplus = found.Sum() - norms.Count * points;
        int place = Array.IndexOf(found, surplus > 0 ? found.Max() : found.Min());
        found[place] -= surplus;
        return found;
    }
}
