using Retort.Golden;
using Retort.Models.Generative;
using Retort.Torch;

namespace Retort.Diffusion.Samplers;

/// <summary>Heun's method: two evaluations a step but for the last.</summary>
[Named("heun")]
public sealed record HeunSampler : OdeSampler
{
    /// <inheritdoc/>
    public override int Evaluations => 2 * Steps - 1;

    /// <inheritdoc/>
    protected override Tensor Step(Denoiser model, Tensor state, Tensor sigma, Tensor next, bool isLast) =>
        isLast ? EulerStep(model, state, sigma, next) : HeunStep(model, state, sigma, next);

    [Golden("edm-heun-sampler")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        var sampler = new HeunSampler
        {
            Steps = vector.Integer("num_steps"),
            SigmaMin = vector.Number("sigma_min"),
            SigmaMax = vector.Number("sigma_max"),
            Rho = vector.Number("rho"),
        };
        ToyDenoiser toy = ToyDenoiser.Of(vector.Number("a"), vector.Number("b"));
        return new() { ["samples"] = sampler.Sample(toy, vector["latents_unit"]) };
    }
}
