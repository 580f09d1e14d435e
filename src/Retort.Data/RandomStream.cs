using System.Diagnostics.CodeAnalysis;
using System.Numerics;

namespace Retort.Data;

/// <summary>A seeded stream of random numbers whose bits are the same on every machine and in every version.</summary>
/// <remarks>
/// <para>The generator is xoshiro256** (Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2021),
/// its state filled by SplitMix64 from a seed and any number of keys. Streams of different keys are independent for all
/// practical purposes, so that each sample, epoch or worker has its own: the order of work never changes a result.</para>
/// <para>Not for secrets. One stream is not to be used by two threads at once.</para>
/// </remarks>
[SuppressMessage("Naming", "CA1711", Justification = "A stream of random numbers is what the field calls it.")]
public sealed class RandomStream
{
    private const double ToUnit = 1.0 / (1UL << 53);

    private ulong _s0;
    private ulong _s1;
    private ulong _s2;
    private ulong _s3;

    /// <summary>Creates the stream of a seed alone.</summary>
    public RandomStream(ulong seed) => Fill(seed, []);

    /// <summary>Creates a stream that goes on from a saved state.</summary>
    /// <exception cref="ArgumentException">All four words are zero, which no stream ever reaches.</exception>
    public RandomStream(RandomState state) => State = state;

    private RandomStream(ulong seed, ReadOnlySpan<ulong> keys) => Fill(seed, keys);

    /// <summary>The whole state: saving and setting it replays or resumes the stream exactly.</summary>
    /// <exception cref="ArgumentException">All four words are zero, which no stream ever reaches.</exception>
    public RandomState State
    {
        get => new(_s0, _s1, _s2, _s3);
        set
        {
            if ((value.S0 | value.S1 | value.S2 | value.S3) == 0)
                throw new ArgumentException("The state of a random stream must have a word that is not zero.", nameof(value));
            (_s0, _s1, _s2, _s3) = (value.S0, value.S1, value.S2, value.S3);
        }
    }

    /// <summary>Creates the stream that belongs to a seed and a path of keys, such as (split, epoch, sample).</summary>
    /// <param name="seed">Seed of the run or of the data set.</param>
    /// <param name="keys">Any number of keys; their order and their number matter.</param>
    public static RandomStream Derive(ulong seed, params ReadOnlySpan<ulong> keys) => new(seed, keys);

    /// <summary>64 random bits.</summary>
    public ulong NextUInt64()
    {
        ulong result = BitOperations.RotateLeft(_s1 * 5, 7) * 9;
        ulong shifted = _s1 << 17;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= shifted;
        _s3 = BitOperations.RotateLeft(_s3, 45);
        return result;
    }

    /// <summary>A number in [0, 1), a multiple of 2⁻⁵³.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * ToUnit;

    /// <summary>A number in [low, high), or <paramref name="low"/> itself where both are the same.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="high"/> is below <paramref name="low"/>, or not
    /// finite.</exception>
    public double NextUniform(double low, double high)
    {
        if (!(high >= low) || double.IsInfinity(high - low))
            throw new ArgumentOutOfRangeException(nameof(high), high, $"The range must be finite and not below its start {low}.");
        return low + ((high - low) * NextDouble());
    }

    /// <summary>An integer in [0, bound), each equally likely.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bound"/> is zero or negative.</exception>
    public int NextInt(int bound) => (int)NextInt64(bound);

    /// <summary>An integer in [low, high), each equally likely.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range is empty.</exception>
    public int NextInt(int low, int high) => (int)(low + NextInt64((long)high - low));

    /// <summary>An integer in [0, bound), each equally likely.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bound"/> is zero or negative.</exception>
    public long NextInt64(long bound)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bound);
        ulong range = (ulong)bound;

        // Lemire's method: the rejected sliver removes the bias that a remainder would have.
        ulong high = Math.BigMul(NextUInt64(), range, out ulong low);
        if (low < range)
        {
            ulong threshold = (0 - range) % range;
            while (low < threshold)
                high = Math.BigMul(NextUInt64(), range, out low);
        }
        return (long)high;
    }

    /// <summary>True with the given probability.</summary>
    /// <param name="probability">In [0, 1]; a number is drawn whatever it is, so that streams stay aligned.</param>
    public bool NextBoolean(double probability = 0.5) => NextDouble() < probability;

    /// <summary>A number from the normal distribution of mean 0 and standard deviation 1.</summary>
    public double NextGaussian()
    {
        // Marsaglia's polar method; the second number is not kept, so that the state is the four words alone.
        while (true)
        {
            double u = (2 * NextDouble()) - 1;
            double v = (2 * NextDouble()) - 1;
            double square = (u * u) + (v * v);
            if (square is > 0 and < 1)
                return u * Math.Sqrt(-2 * ExactMath.Log(square) / square);
        }
    }

    /// <summary>A number from the gamma distribution of the given shape and scale 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="shape"/> is not positive and finite.</exception>
    public double NextGamma(double shape)
    {
        if (!(shape > 0) || double.IsInfinity(shape))
            throw new ArgumentOutOfRangeException(
                nameof(shape), shape, "The shape of a gamma distribution must be positive and finite.");
        return ExactMath.Exp(NextLogGamma(shape));
    }

    /// <summary>A number in [0, 1] from the beta distribution.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is not positive and finite.</exception>
    public double NextBeta(double alpha, double beta)
    {
        if (!(alpha > 0) || double.IsInfinity(alpha))
            throw new ArgumentOutOfRangeException(
                nameof(alpha), alpha, "A parameter of a beta distribution must be positive and finite.");
        if (!(beta > 0) || double.IsInfinity(beta))
            throw new ArgumentOutOfRangeException(
                nameof(beta), beta, "A parameter of a beta distribution must be positive and finite.");

        // x / (x + y) in logarithms: with small parameters both x and y may be below the smallest double.
        double x = NextLogGamma(alpha);
        double y = NextLogGamma(beta);
        return 1 / (1 + ExactMath.Exp(y - x));
    }

    /// <summary>Puts the items into random order, each order equally likely.</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = NextInt(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    /// <summary>The integers 0 … count − 1 in random order.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is negative.</exception>
    public int[] Permutation(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        int[] order = new int[count];
        for (int i = 0; i < count; i++)
            order[i] = i;
        Shuffle<int>(order);
        return order;
    }

    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9UL;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EBUL;
        return value ^ (value >> 31);
    }

    private double NextLogGamma(double shape)
    {
        // Marsaglia and Tsang (2000); below one, by the power of a uniform number.
        double boost = 0;
        if (shape < 1)
        {
            boost = ExactMath.Log(1 - NextDouble()) / shape;
            shape += 1;
        }
        double d = shape - (1.0 / 3);
        double c = 1 / Math.Sqrt(9 * d);
        while (true)
        {
            double x = NextGaussian();
            double v = 1 + (c * x);
            if (v <= 0)
                continue;
            v = v * v * v;
            double logV = ExactMath.Log(v);
            if (ExactMath.Log(1 - NextDouble()) < (0.5 * x * x) + d - (d * v) + (d * logV))
                return ExactMath.Log(d) + logV + boost;
        }
    }

    private void Fill(ulong seed, ReadOnlySpan<ulong> keys)
    {
        const ulong golden = 0x9E3779B97F4A7C15UL;
        ulong state = Mix(seed + golden);
        foreach (ulong key in keys)
            state = Mix((BitOperations.RotateLeft(state, 23) ^ Mix(key + golden)) + golden);
        _s0 = Mix(state += golden);
        _s1 = Mix(state += golden);
        _s2 = Mix(state += golden);
        _s3 = Mix(state + golden);
    }
}
