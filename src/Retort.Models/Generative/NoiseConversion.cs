using Retort.Torch;

namespace Retort.Models.Generative;

/// <summary>Turns what networks say of noisy samples into one another, and noise levels into factors: the only place that
/// does.</summary>
/// <remarks>A noisy sample is x = a·x₀ + s·ε. All conversions go through x₀; they are linear in the prediction, and exact but for
/// rounding wherever the divisor is not 0: a (clean from noise), s (noise from clean), a + s, a² + s².</remarks>
public static class NoiseConversion
{
    /// <summary>The factors a and s of a noise level.</summary>
    /// <param name="convention">How they follow from σ.</param>
    /// <param name="sigma">σ = s / a, above 0, any shape.</param>
    public static (Tensor Data, Tensor Noise) Factors(NoiseConvention convention, Tensor sigma)
    {
        ArgumentNullException.ThrowIfNull(sigma);
        Tensor data = convention switch
        {
            NoiseConvention.Preserving => (sigma.Square() + 1).Rsqrt(),
            NoiseConvention.Flow => (sigma + 1).Reciprocal(),
            _ => sigma.OnesLike(),
        };
        return (data, data * sigma);
    }

    /// <summary>Says in another way what is said of a noisy sample.</summary>
    /// <param name="value">What is said, [N, …].</param>
    /// <param name="from">As what.</param>
    /// <param name="to">As what it is wanted.</param>
    /// <param name="noisy">x, [N, …].</param>
    /// <param name="data">a, broadcast against x.</param>
    /// <param name="noise">s, broadcast against x.</param>
    public static Tensor Convert(Tensor value, Prediction from, Prediction to, Tensor noisy, Tensor data, Tensor noise)
    {
        ArgumentNullException.ThrowIfNull(value);
        ArgumentNullException.ThrowIfNull(noisy);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(noise);
        if (from == to)
            return value;
        Tensor clean = from switch
        {
            Prediction.Noise => (noisy - noise * value) / data,
            Prediction.V => (data * noisy - noise * value) / (data.Square() + noise.Square()),
            Prediction.Velocity => (noisy - noise * value) / (data + noise),
            Prediction.Score => (noisy + noise.Square() * value) / data,
            _ => value,
        };
        if (to == Prediction.Clean)
            return clean;
        Tensor added = (noisy - data * clean) / noise;
        return to switch
        {
            Prediction.V => data * added - noise * clean,
            Prediction.Velocity => added - clean,
            Prediction.Score => -added / noise,
            _ => added,
        };
    }
}
