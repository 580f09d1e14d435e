using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Diffusion;
using Retort.Diffusion.Levels;
using Retort.Golden;
using Retort.Models.Generative;
using Retort.Torch;

namespace Retort.Methods.Generative;

/// <summary>A one-step generator lowers the Fisher divergence from the teacher, through both networks and without data.</summary>
/// <remarks>
/// <para><b>Paper.</b> Zhou et al., "Score identity Distillation: Exponentially Fast Distillation of Pretrained Diffusion Models
/// for One-Step Generation", ICML 2024, arXiv:2404.04057, equation 23.</para>
/// <para><b>Equation.</b> y = G(z), x = y + σε, f = D_real(x), h = D_fake(x): Σ (f − h)·((f − y) − α (f − h)) / w over the
/// dimensions, mean over the batch; w = mean|y − f| a sample, a constant. The gradient passes through both networks into
/// x.</para>
/// <para><b>Needs.</b> A student that generates, a frozen teacher that denoises, and a peer that follows the student (<c>edm</c>
/// with <c>from</c>): <c>trainer: alternating</c>. Samples serve for their shape alone.</para>
/// <para><b>Variants.</b> α of 1.2 is the paper's early choice; on small problems it diverges where 1 does not.</para>
/// </remarks>
[Method("sid", Title = "Score identity distillation", Family = MethodFamily.Generative, Year = 2024, Paper = "arXiv:2404.04057")]
[RecipeExample(Student = "{ model: mlp-denoiser, sigma_max: 2.5 }\n  follower: { model: mlp-denoiser }",
    Stage = "peers: [follower]\n      trainer: { alternating: { turns: 5, criteria: [{ edm: { from: student } }] } }")]
public sealed class ScoreIdentity(ScoreIdentityOptions options) : GenerativeCriterion(options)
{
    private const double SmallestWeight = 1e-5;
    private readonly ScoreIdentityOptions _options = options;

    /// <inheritdoc/>
    protected override bool StudentDenoises => false;

    /// <inheritdoc/>
    protected override Tensor Loss(Signals signals)
    {
        DistributionMatching.RequirePeer(this, Teachers.Count);
        Tensor samples = Generator.Generate(SamplesOf(signals).RandnLike());
        return Loss(samples, Teacher, Teachers[^1], _options.Levels.Draw(samples), samples.Detach().RandnLike(), _options.Alpha);
    }

    /// <summary>The loss itself, for given samples, levels and noise.</summary>
    /// <param name="samples">y, what the student generated, [N, …]. Gradients flow here.</param>
    /// <param name="real">The teacher; gradients pass through it into the samples.</param>
    /// <param name="fake">What follows the student; gradients pass through it too.</param>
    /// <param name="sigma">σ, [N].</param>
    /// <param name="noise">ε, [N, …].</param>
    /// <param name="alpha">α.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ShapeException">Samples and noise differ in shape.</exception>
    public static Tensor Loss(Tensor samples, Denoiser real, Denoiser fake, Tensor sigma, Tensor noise, double alpha = 1)
    {
        ArgumentNullException.ThrowIfNull(real);
        ArgumentNullException.ThrowIfNull(fake);
        Shapes.RequireSame(samples, noise);
        Tensor noisy = samples.Noised(sigma, noise), f = real.Denoise(noisy, sigma), apart = f - fake.Denoise(noisy, sigma);
        Tensor weight = (samples - f).Detach().Abs().MeanEach().ClampMin(SmallestWeight);
        return ((apart * (f - samples - apart * alpha)).SumEach() / weight).Mean();
    }

    [Golden("sid")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        double[] real = vector.Numbers("real"), fake = vector.Numbers("fake");
        var levels = new GridLevels
        {
            From = 1 - vector.Number("tmax") / 1000,
            SigmaMin = vector.Number("sigma_min"),
            SigmaMax = vector.Number("sigma_max"),
            Rho = vector.Number("rho"),
        };
        return Loss(
            vector["images"], ToyDenoiser.Of(real[0], real[1]), ToyDenoiser.Of(fake[0], fake[1]),
            levels.At(1 - vector["u"].Flatten()), vector["eps_unit"], vector.Number("alpha"));
    }
}

/// <summary>What a recipe may write under <c>sid:</c>.</summary>
public sealed record ScoreIdentityOptions : CriterionOptions
{
    /// <summary>Which noise levels samples are compared at; the paper leaves out the largest fifth of the grid.</summary>
    public NoiseLevels Levels { get; init; } = new GridLevels { From = 0.2 };

    /// <summary>α, what is taken off of the squared difference: 0 keeps the projected term alone.</summary>
    [Range(0, 10)]
    public double Alpha { get; init; } = 1;
}
