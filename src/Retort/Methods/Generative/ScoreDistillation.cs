using System.ComponentModel.DataAnnotations;
using Retort.Diffusion;
using Retort.Diffusion.Levels;
using Retort.Distillation;
using Retort.Models.Generative;
using Retort.Torch;

namespace Retort.Methods.Generative;

/// <summary>What pulls a generator's samples, once noised, to where a diffusion model finds them likely.</summary>
/// <remarks>x = g(z), x_t = x + σε. The gradient in x is w (ε_real(x_t) − e), w = σ² / (1 + σ²), summed over a sample's
/// elements, mean over the batch; no derivative goes through a diffusion model. Methods differ in e, the noise that is taken
/// off.</remarks>
/// <param name="options">Its options.</param>
public abstract class ScoreDistillation(ScoreDistillationOptions options) : GenerativeCriterion(options)
{
    private readonly ScoreDistillationOptions _options = options;

    /// <inheritdoc/>
    protected override bool StudentDenoises => false;

    /// <inheritdoc/>
    public override void Attach(Attachment attachment)
    {
        base.Attach(attachment);
        if (_options.Guidance != 1 && Teachers is [{ Conditions: 0 }, ..])
        {
            throw new ArgumentException(
                $"guidance {_options.Guidance} goes from an answer without a condition to that with it, and role "
                + $"'{attachment.Teacher.Name}' takes no conditions; leave guidance at 1, or give its model `conditions`.");
        }
    }

    /// <inheritdoc/>
    protected override Tensor Loss(Signals signals)
    {
        Tensor samples = Generator.Generate(SamplesOf(signals).RandnLike());
        Tensor sigma = _options.Levels.Draw(samples), noise = samples.Detach().RandnLike();
        return Loss(samples, Teacher, sigma, noise, _options.Guidance, noisy => Expected(noisy, sigma, noise));
    }

    /// <summary>e, the noise that is taken off, [N, …].</summary>
    /// <param name="noisy">x_t, [N, …].</param>
    /// <param name="sigma">σ, [N].</param>
    /// <param name="noise">ε, [N, …].</param>
    protected abstract Tensor Expected(Tensor noisy, Tensor sigma, Tensor noise);

    /// <summary>The loss itself, for given samples, levels and noise.</summary>
    /// <param name="samples">x, what was generated, [N, …]. Gradients flow here.</param>
    /// <param name="real">The teacher.</param>
    /// <param name="sigma">σ, [N].</param>
    /// <param name="noise">ε, [N, …].</param>
    /// <param name="guidance">How far the teacher's answer goes from that without a condition to that with it: 1 is the
    /// latter.</param>
    /// <param name="expected">e, of x_t; called without gradients.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ShapeException">Samples and noise differ in shape.</exception>
    public static Tensor Loss(
        Tensor samples, Denoiser real, Tensor sigma, Tensor noise, double guidance, Func<Tensor, Tensor> expected)
    {
        ArgumentNullException.ThrowIfNull(real);
        ArgumentNullException.ThrowIfNull(expected);
        Shapes.RequireSame(samples, noise);
        Tensor gradient;
        using (Autograd.NoGrad())
        {
            Tensor noisy = samples.Detach().Noised(sigma, noise);
            gradient = NoiseShare(Denoiser.Spread(sigma, noisy)) * (NoiseIn(real, noisy, sigma, guidance) - expected(noisy));
        }

        return ScorePull.Summed(samples, gradient);
    }

    /// <summary>The noise that a network sees in noisy samples.</summary>
    /// <param name="network">The network, told its conditions.</param>
    /// <param name="noisy">x_t, [N, …].</param>
    /// <param name="sigma">σ, [N].</param>
    /// <param name="guidance">As in <see cref="Loss(Tensor, Denoiser, Tensor, Tensor, double, Func{Tensor, Tensor})"/>.</param>
    internal static Tensor NoiseIn(Denoiser network, Tensor noisy, Tensor sigma, double guidance = 1)
    {
        Tensor level = Denoiser.Spread(sigma, noisy);
        Tensor Seen() => NoiseConversion.Convert(
            network.Denoise(noisy, sigma), Prediction.Clean, Prediction.Noise, noisy, level.OnesLike(), level);
        if (guidance == 1)
            return Seen();
        Tensor told = Seen();
        using IDisposable nothing = network.Given(null);
        return Guided(told, Seen(), guidance);
    }

    /// <summary>From the answer without a condition towards that with it, and beyond (Ho and Salimans, arXiv:2207.12598, with the
    /// factor of 1 for the latter).</summary>
    internal static Tensor Guided(Tensor told, Tensor untold, double guidance) => untold + (told - untold) * guidance;

    /// <summary>w = σ² / (1 + σ²): the noise's share of the variance, where variance is preserved.</summary>
    internal static Tensor NoiseShare(Tensor sigma) => sigma.Square() / (sigma.Square() + 1);
}

/// <summary>What a recipe may write for any term of score distillation.</summary>
public abstract record ScoreDistillationOptions : CriterionOptions
{
    /// <summary>Which noise levels samples are looked at; t from 0.02 to 0.98 in the papers.</summary>
    public NoiseLevels Levels { get; init; } = new DdpmLevels();

    /// <summary>How far the teacher's answer goes from that without a condition to that with it; 1 is the latter, and more
    /// exaggerates. For a teacher with conditions.</summary>
    [Range(0, double.MaxValue)]
    public double Guidance { get; init; } = 1;
}
