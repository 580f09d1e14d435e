using Retort.Torch;

namespace Retort.Models.Generative;

/// <summary>A network of noisy samples: what a sampler, and a method of generative distillation, asks.</summary>
/// <remarks>
/// <para>Whatever it predicts inside, it answers in two ways: as a denoiser D(x, σ) of x = x₀ + σε, and as a velocity u(z, t) of
/// z = (1 − t)·x₀ + t·ε. With an earlier moment it speaks of the whole stretch between the two, where the network has an input
/// for it.</para>
/// <para>Called with one tensor, as any model is, it generates in one evaluation: unit noise [N, …] → samples [N, …].</para>
/// </remarks>
public abstract class Denoiser : SampleGenerator
{
    /// <summary>Flow times are held this far from 0 and 1, where the other conventions divide by 0.</summary>
    protected const double TimeMargin = 1e-5;

    /// <summary>The noise level at which generation starts, above 0.</summary>
    public abstract double SigmaMax { get; }

    /// <summary>Whether it has an input for the moment to which it is to speak.</summary>
    public virtual bool SpansIntervals => false;

    /// <summary>The clean sample that a noisy one is expected to come from.</summary>
    /// <param name="noisy">x = x₀ + σε, [N, …].</param>
    /// <param name="sigma">σ, [N], above 0.</param>
    /// <param name="until">The lower level to which the answer is to hold, [N], where <see cref="SpansIntervals"/>; null for σ
    /// itself.</param>
    /// <exception cref="ArgumentException">A lower level is given to a network without an input for it.</exception>
    public abstract Tensor Denoise(Tensor noisy, Tensor sigma, Tensor? until = null);

    /// <summary>The direction from data to noise, ε − x₀, at a point of a straight path.</summary>
    /// <param name="state">z = (1 − t)·x₀ + t·ε, [N, …].</param>
    /// <param name="time">t, [N], from 0 (data) to 1 (noise).</param>
    /// <param name="until">The earlier time r to which the answer is the mean, [N], where <see cref="SpansIntervals"/>; null for
    /// the moment's.</param>
    /// <exception cref="ArgumentException">An earlier time is given to a network without an input for it.</exception>
    public virtual Tensor Velocity(Tensor state, Tensor time, Tensor? until = null)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(time);
        Tensor held = time.Clamp(TimeMargin, 1 - TimeMargin), sigma = held / (1 - held);
        Tensor data = Spread(1 - held, state);
        Tensor clean = Denoise(state / data, sigma, until is null ? null : until / (1 - until));
        return NoiseConversion.Convert(clean, Prediction.Clean, Prediction.Velocity, state, data, Spread(held, state));
    }

    /// <summary>The noise with which a flow's path starts or a denoiser's, generated from in one evaluation.</summary>
    /// <param name="noise">Unit Gaussian noise, [N, …].</param>
    public override Tensor Generate(Tensor noise)
    {
        ArgumentNullException.ThrowIfNull(noise);
        Tensor sigma = LevelsOf(noise, SigmaMax);
        return Denoise(noise * SigmaMax, sigma, SpansIntervals ? sigma.ZerosLike() : null);
    }

    /// <summary>One number a sample, in shape to be multiplied with samples: [N] → [N, 1, …].</summary>
    public static Tensor Spread(Tensor perSample, Tensor like)
    {
        ArgumentNullException.ThrowIfNull(perSample);
        ArgumentNullException.ThrowIfNull(like);
        if (perSample.Dimensions == 0)
            return perSample;
        long[] shape = [.. Enumerable.Repeat(1L, like.Dimensions)];
        shape[0] = -1;
        return perSample.Reshape(shape);
    }

    /// <summary>The same level for every sample, [N], of the samples' type.</summary>
    public static Tensor LevelsOf(Tensor samples, double level)
    {
        ArgumentNullException.ThrowIfNull(samples);
        return samples.Detach().Flatten(1).Narrow(1, 0, 1).Flatten() * 0 + level;
    }

    /// <summary>Refuses a lower level where the network has no input for it.</summary>
    protected void RequireSpan(Tensor? until)
    {
        if (until is not null && !SpansIntervals)
        {
            throw new ArgumentException(
                $"{GetType().Name} has no input for the end of an interval: give its options `interval: true`.", nameof(until));
        }
    }
}
