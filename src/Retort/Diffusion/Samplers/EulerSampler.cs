using Retort.Models.Generative;
using Retort.Torch;

namespace Retort.Diffusion.Samplers;

/// <summary>Euler's method, which is DDIM without noise: one evaluation a step.</summary>
[Named("euler")]
public sealed record EulerSampler : OdeSampler
{
    /// <inheritdoc/>
    public override int Evaluations => Steps;

    /// <inheritdoc/>
    protected override Tensor Step(Denoiser model, Tensor state, Tensor sigma, Tensor next, bool isLast) =>
        EulerStep(model, state, sigma, next);
}
