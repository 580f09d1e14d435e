using System.ComponentModel.DataAnnotations;
using Retort.Models.Generative;
using Retort.Torch;

namespace Retort.Diffusion.Samplers;

/// <summary>Goes along a flow's velocity from noise to data in equal steps of time.</summary>
/// <remarks>z ← z − Δt · u(z, t), t from 1 to 0 (arXiv:2209.03003). A network of intervals is asked for the mean velocity of each
/// step.</remarks>
[Named("flow")]
public sealed record FlowSampler : SamplerOptions
{
    /// <summary>Steps from noise to data.</summary>
    [Range(1, 100_000)]
    public int Steps { get; init; } = 1;

    /// <inheritdoc/>
    public override int Evaluations => Steps;

    /// <inheritdoc/>
    public override Tensor Sample(Denoiser model, Tensor noise)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(noise);
        Tensor state = noise;
        for (int k = 0; k < Steps; k++)
        {
            Tensor time = Denoiser.LevelsOf(noise, 1 - (double)k / Steps), next = Denoiser.LevelsOf(noise, 1 - (k + 1.0) / Steps);
            state = state - model.Velocity(state, time, model.SpansIntervals ? next : null) / Steps;
        }

        return state;
    }
}
