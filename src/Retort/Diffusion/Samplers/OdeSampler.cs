using System.ComponentModel.DataAnnotations;
using Retort.Models.Generative;
using Retort.Torch;

namespace Retort.Diffusion.Samplers;

/// <summary>Follows the probability-flow ODE along a grid of noise levels that ends without noise.</summary>
/// <remarks>Karras et al., arXiv:2206.00364, algorithm 1, without churn. The state is kept in float64; the network sees the
/// noise's type.</remarks>
public abstract record OdeSampler : SamplerOptions
{
    /// <summary>Steps from the largest level to none.</summary>
    [Range(1, 100_000)]
    public int Steps { get; init; } = 18;

    /// <summary>The last level before none.</summary>
    [Range(0.0, 1e6, MinimumIsExclusive = true)]
    public double SigmaMin { get; init; } = 0.002;

    /// <summary>The level of the start; the default is the network's own.</summary>
    [Range(0.0, 1e6, MinimumIsExclusive = true)]
    public double? SigmaMax { get; init; }

    /// <summary>How dense the small levels are.</summary>
    [Range(0.1, 100)]
    public double Rho { get; init; } = 7;

    /// <inheritdoc/>
    public override Tensor Sample(Denoiser model, Tensor noise)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(noise);
        double largest = SigmaMax ?? model.SigmaMax;
        double[] levels = [.. new NoiseGrid(SigmaMin, largest, Rho).Levels(Steps), 0];
        using var whole = new TensorScope();
        var wide = new Widened(model, noise.DType);
        Tensor state = noise.To(DType.Float64) * largest;
        for (int k = 0; k < Steps; k++)
        {
            using var scope = new TensorScope();
            Tensor sigma = Denoiser.LevelsOf(state, levels[k]), next = Denoiser.LevelsOf(state, levels[k + 1]);
            state = scope.Keep(Step(wide, state, sigma, next, isLast: k == Steps - 1));
        }

        return whole.Keep(state.To(noise.DType));
    }

    /// <summary>Goes from one level to the next.</summary>
    /// <param name="model">The network, asked in float64.</param>
    /// <param name="state">x at σ, [N, …].</param>
    /// <param name="sigma">σ, [N].</param>
    /// <param name="next">The level to go to, [N].</param>
    /// <param name="isLast">Whether that level is none.</param>
    protected abstract Tensor Step(Denoiser model, Tensor state, Tensor sigma, Tensor next, bool isLast);

    /// <summary>Asks a network in its own type what is wanted in float64.</summary>
    private sealed class Widened(Denoiser inner, DType own) : Denoiser
    {
        public override double SigmaMax => inner.SigmaMax;

        public override Tensor Denoise(Tensor noisy, Tensor sigma, Tensor? until = null) =>
            inner.Denoise(noisy.To(own), sigma.To(own), until?.To(own)).To(DType.Float64);
    }
}
