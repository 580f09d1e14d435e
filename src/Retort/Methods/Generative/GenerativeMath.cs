using Retort.Models.Generative;
using Retort.Torch;

namespace Retort.Methods.Generative;

/// <summary>What losses of noisy samples have in common.</summary>
internal static class GenerativeMath
{
    /// <summary>One number a sample: its mean over all dimensions but the first, [N].</summary>
    public static Tensor MeanEach(this Tensor samples) => samples.Flatten(1).Mean([1]);

    /// <summary>One number a sample: its sum over all dimensions but the first, [N].</summary>
    public static Tensor SumEach(this Tensor samples) => samples.Flatten(1).Sum([1]);

    /// <summary>x + σε.</summary>
    public static Tensor Noised(this Tensor clean, Tensor sigma, Tensor noise) => clean + Denoiser.Spread(sigma, clean) * noise;

    /// <summary>Numbers from 0 to 1, one a sample, of its type and device.</summary>
    public static Tensor UniformEach(this Tensor samples) => samples.Detach().Flatten(1).Select(1, 0).RandLike();

    /// <summary>The weight of an error of x₀: 1, or 1/σ² + 1/σ_data².</summary>
    public static Tensor Weight(LevelWeight weight, Tensor sigma, double sigmaData) => weight switch
    {
        LevelWeight.Karras => sigma.Square().Reciprocal() + 1 / (sigmaData * sigmaData),
        _ => sigma.OnesLike(),
    };
}
