using Retort.Distillation;
using Retort.Diffusion;
using Retort.Diffusion.Levels;
using Retort.Golden;
using Retort.Models.Generative;
using Retort.Torch;

namespace Retort.Methods.Generative;

/// <summary>A one-step generator moves its samples from where they are too dense to where the teacher says they are too
/// sparse.</summary>
/// <remarks>
/// <para><b>Paper.</b> Yin et al., "Improved Distribution Matching Distillation for Fast Image Synthesis", NeurIPS 2024,
/// arXiv:2405.14867, section 4; the gradient is that of "One-step Diffusion with Distribution Matching Distillation",
/// arXiv:2311.18828, equation 7.</para>
/// <para><b>Equation.</b> x = G(z), x_t = x + σε, and g = (D_fake(x_t) − D_real(x_t)) / mean|x − D_real(x_t)|, a mean a sample;
/// the loss is ½ |x − sg(x − g)|², mean over all elements. D_fake follows what G generates (<c>edm</c> with <c>from</c>), five
/// moves for each of G's.</para>
/// <para><b>Needs.</b> A student that generates, a frozen teacher that denoises, and a peer that follows the student:
/// <c>trainer: alternating</c>. All three may begin with the teacher's weights. Samples serve for their shape alone.</para>
/// <para><b>Variants.</b> The paper adds an adversarial term on real pictures (<c>dmd2-gan</c>), and students of four steps; this
/// is for one step. Its code draws the level from places 20 to 980 of a grid of 1000.</para>
/// </remarks>
[Method("dmd2", Title = "Distribution matching distillation 2", Family = MethodFamily.Generative, Year = 2024,
    Paper = "arXiv:2405.14867")]
[RecipeExample(Student = "{ model: mlp-denoiser, sigma_max: 2.5 }\n  follower: { model: mlp-denoiser }",
    Stage = "peers: [follower]\n      trainer: { alternating: { turns: 5, criteria: [{ edm: { from: student } }] } }")]
public sealed class DistributionMatching(DistributionMatchingOptions options) : GenerativeCriterion(options)
{
    private const double SmallestWeight = 1e-8;
    private readonly DistributionMatchingOptions _options = options;

    /// <inheritdoc/>
    protected override bool StudentDenoises => false;

    /// <inheritdoc/>
    protected override Tensor Loss(Signals signals)
    {
        RequirePeer(this, Teachers.Count);
        Tensor samples = Generator.Generate(SamplesOf(signals).RandnLike());
        return Loss(samples, Teacher, Teachers[^1], _options.Levels.Draw(samples), samples.Detach().RandnLike());
    }

    /// <summary>The loss itself, for given samples, levels and noise.</summary>
    /// <param name="samples">x, what the student generated, [N, …]. Gradients flow here.</param>
    /// <param name="real">The teacher.</param>
    /// <param name="fake">What follows the student.</param>
    /// <param name="sigma">σ, [N].</param>
    /// <param name="noise">ε, [N, …].</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ShapeException">Samples and noise differ in shape.</exception>
    public static Tensor Loss(Tensor samples, Denoiser real, Denoiser fake, Tensor sigma, Tensor noise)
    {
        ArgumentNullException.ThrowIfNull(real);
        ArgumentNullException.ThrowIfNull(fake);
        Shapes.RequireSame(samples, noise);
        Tensor gradient;
        using (Autograd.NoGrad())
        {
            Tensor clean = samples.Detach(), noisy = clean.Noised(sigma, noise), wanted = real.Denoise(noisy, sigma);
            Tensor weight = (clean - wanted).Abs().MeanEach().ClampMin(SmallestWeight);
            gradient = (fake.Denoise(noisy, sigma) - wanted) / Denoiser.Spread(weight, clean);
        }

        return ScorePull.Along(samples, gradient);
    }

    /// <summary>Refuses a stage without a network that follows the student.</summary>
    internal static void RequirePeer(Criterion criterion, int teachers)
    {
        if (teachers < 2)
        {
            throw new ArgumentException(
                $"'{criterion.GetType().Name}' needs a teacher and a peer that follows the student: `peers: [ROLE]` and "
                + "`trainer: alternating`.");
        }
    }

    [Golden("dmd2-dm")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        double[] real = vector.Numbers("real"), fake = vector.Numbers("fake");
        ToyDenoiser teacher = ToyDenoiser.Of(real[0], real[1]), follower = ToyDenoiser.Of(fake[0], fake[1]);
        return Loss(vector["latents"], teacher, follower, vector["sigma"], vector["eps_unit"]);
    }
}

/// <summary>What a recipe may write under <c>dmd2:</c>.</summary>
public sealed record DistributionMatchingOptions : CriterionOptions
{
    /// <summary>Which noise levels samples are compared at; the paper leaves out 2 % at both ends.</summary>
    public NoiseLevels Levels { get; init; } = new GridLevels { From = 0.02, To = 0.98 };
}
