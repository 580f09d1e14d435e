using Retort.Models.Generative;
using Retort.Torch;

namespace Retort.Methods.Generative;

/// <summary>A scene or generator is moved until its noised pictures look likely to a frozen diffusion model: it seeks a
/// mode.</summary>
/// <remarks>
/// <para><b>Paper.</b> Poole et al., "DreamFusion: Text-to-3D using 2D Diffusion", ICLR 2023, arXiv:2209.14988, equation
/// 3.</para>
/// <para><b>Equation.</b> x = g(z), x_t = x + σε: the gradient in x is w (ε_real(x_t) − ε), w = σ² / (1 + σ²), and the loss ½ |x
/// − sg(x − gradient)|², summed over a sample's elements, mean over the batch. No derivative goes through the teacher. What it
/// maximises is the likelihood of each sample alone, so that a distribution collapses.</para>
/// <para><b>Needs.</b> A student that makes samples of noise (<c>splats</c>, <c>points</c>, <c>linear-generator</c>, or a
/// denoiser) and a frozen teacher that denoises. Samples serve for their shape and, where networks take conditions (views,
/// classes), for their labels.</para>
/// <para><b>Variants.</b> The paper's guidance is 100; here it is 1 unless the recipe says so. <c>noise: raw</c> takes off −s ε,
/// s² = σ² / (1 + σ²), in the place of ε, as the toy example of arXiv:2401.00909 does: ε has no part in the gradient's mean, so
/// that only its variance differs.</para>
/// </remarks>
[Method("sds", Title = "Score distillation sampling", Family = MethodFamily.Generative, Year = 2022, Paper = "arXiv:2209.14988")]
[RecipeExample(Student = "{ model: points, particles: 16 }")]
public sealed class ScoreSampling(ScoreSamplingOptions options) : ScoreDistillation(options)
{
    private readonly ScoreSamplingOptions _options = options;

    /// <inheritdoc/>
    protected override Tensor Expected(Tensor noisy, Tensor sigma, Tensor noise)
    {
        (_, Tensor share) = NoiseConversion.Factors(NoiseConvention.Preserving, Denoiser.Spread(sigma, noise));
        return Expected(noise, share, _options.Noise);
    }

    /// <summary>e, for the noise's factor s.</summary>
    internal static Tensor Expected(Tensor noise, Tensor share, NoiseTerm term) => term == NoiseTerm.Raw ? -share * noise : noise;
}

/// <summary>What a recipe may write under <c>sds:</c>.</summary>
public sealed record ScoreSamplingOptions : ScoreDistillationOptions
{
    /// <summary>What of the noise is taken off.</summary>
    public NoiseTerm Noise { get; init; }
}

/// <summary>What of a sample's own noise is taken off of the noise that a teacher sees.</summary>
public enum NoiseTerm
{
    /// <summary>All of it: what is left is of less variance where the teacher sees the noise.</summary>
    Exact,

    /// <summary>What follows from the difference of the teacher's score and the noise as it was drawn, without the factor −1 / s
    /// of a score.</summary>
    Raw,
}
