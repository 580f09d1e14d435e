using Retort.Models.Generative;
using Retort.Torch;

namespace Retort.Diffusion;

/// <summary>What a recipe may write under <c>sampler:</c>: how noise becomes samples.</summary>
[Kind("sampler")]
public abstract record SamplerOptions
{
    /// <summary>How many times the network is run for a sample.</summary>
    public abstract int Evaluations { get; }

    /// <summary>Makes samples.</summary>
    /// <param name="model">The network.</param>
    /// <param name="noise">Unit Gaussian noise, [N, …]; the same noise gives the same samples, but for what a sampler adds on the
    /// way from the default generator.</param>
    /// <returns>Samples of the noise's shape and type.</returns>
    public abstract Tensor Sample(Denoiser model, Tensor noise);

    /// <summary>One Euler step of the probability-flow ODE dx/dσ = (x − D(x, σ)) / σ; for D of constant x₀ it is exact
    /// (DDIM).</summary>
    /// <param name="model">The network.</param>
    /// <param name="noisy">x at σ, [N, …].</param>
    /// <param name="sigma">σ, [N].</param>
    /// <param name="next">The level to go to, [N].</param>
    internal static Tensor EulerStep(Denoiser model, Tensor noisy, Tensor sigma, Tensor next)
    {
        Tensor slope = (noisy - model.Denoise(noisy, sigma)) / Denoiser.Spread(sigma, noisy);
        return noisy + Denoiser.Spread(next - sigma, noisy) * slope;
    }

    /// <summary>One Heun step of the same: the mean of the slopes at both ends.</summary>
    internal static Tensor HeunStep(Denoiser model, Tensor noisy, Tensor sigma, Tensor next)
    {
        Tensor by = Denoiser.Spread(next - sigma, noisy);
        Tensor slope = (noisy - model.Denoise(noisy, sigma)) / Denoiser.Spread(sigma, noisy);
        Tensor there = noisy + by * slope;
        Tensor second = (there - model.Denoise(there, next)) / Denoiser.Spread(next, noisy);
        return noisy + by * (slope + second) / 2;
    }
}
