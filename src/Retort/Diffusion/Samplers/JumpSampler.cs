using System.ComponentModel.DataAnnotations;
using Retort.Models.Generative;
using Retort.Torch;

namespace Retort.Diffusion.Samplers;

/// <summary>Generates in one evaluation, and again from the result noised to each of a few lower levels.</summary>
/// <remarks>Multistep consistency sampling (arXiv:2303.01469, algorithm 1): x ← f(σ_max z, σ_max), then for each further level τ,
/// x ← f(x + √(τ² − σ_min²) z, τ). Without further levels it is what a one-step generator does.</remarks>
[Named("jump")]
public sealed record JumpSampler : SamplerOptions
{
    /// <summary>Lower levels to noise the result to, from large to small.</summary>
    [Range(0.0, 1e6, MinimumIsExclusive = true)]
    public IReadOnlyList<double> Again { get; init; } = [];

    /// <summary>The least level, which a result is thought to have.</summary>
    [Range(0.0, 1e6)]
    public double SigmaMin { get; init; } = 0.002;

    /// <inheritdoc/>
    public override int Evaluations => 1 + Again.Count;

    /// <inheritdoc/>
    public override Tensor Sample(Denoiser model, Tensor noise)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(noise);
        Tensor found = model.Generate(noise);
        foreach (double level in Again)
        {
            double added = Math.Sqrt(Math.Max(0, level * level - SigmaMin * SigmaMin));
            found = model.Denoise(found + found.RandnLike() * added, Denoiser.LevelsOf(found, level));
        }

        return found;
    }
}
