using System.ComponentModel.DataAnnotations;
using Retort.Diffusion;
using Retort.Diffusion.Levels;
using Retort.Distillation;
using Retort.Golden;
using Retort.Models.Generative;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Methods.Generative;

/// <summary>A discriminator tells noisy samples of the generator from noisy data, so that a teacher's faults are not the last
/// word.</summary>
/// <remarks>
/// <para><b>Paper.</b> Yin et al., "Improved Distribution Matching Distillation for Fast Image Synthesis", NeurIPS 2024,
/// arXiv:2405.14867, section 4.3: what stands beside <c>dmd2</c>, with a weight of 0.003.</para>
/// <para><b>Equation.</b> x_t = x + σε of real and of generated samples; the generator's loss is mean softplus(−D(x_t)) of its
/// own, the discriminator's mean softplus(D(x_t)) of generated and mean softplus(−D(x_t)) of real ones.</para>
/// <para><b>Needs.</b> A student that generates, and real samples. No teacher.</para>
/// <para><b>Variants.</b> The paper's discriminator is a head on the middle of the network that follows the student, which
/// learns from it too. Here it is a network of its own: linear layers that read the sample, brought to unit variance, and
/// ln σ / 4; it has an optimiser of its own.</para>
/// </remarks>
[Method("dmd2-gan", Title = "DMD2's adversarial term", Family = MethodFamily.Generative, Year = 2024,
    Paper = "arXiv:2405.14867")]
public sealed class NoisyDiscriminator(NoisyDiscriminatorOptions options) : GenerativeCriterion(options)
{
    private readonly NoisyDiscriminatorOptions _options = options;
    private Sequential? _discriminator;

    /// <inheritdoc/>
    public override bool NeedsTeacher => false;

    /// <inheritdoc/>
    public override OpponentOptions? Opponent => _options.Opponent;

    /// <inheritdoc/>
    protected override bool StudentDenoises => false;

    /// <inheritdoc/>
    protected override bool TeachersDenoise => false;

    private Sequential Discriminator =>
        _discriminator ?? throw new InvalidOperationException("the term was not prepared.");

    /// <inheritdoc/>
    public override void Prepare(Signals signals)
    {
        long width = SamplesOf(signals).Flatten(1).Size(1) + 1;
        var layers = new Sequential();
        for (int layer = 0; layer < _options.Depth; layer++)
        {
            layers.Add(new Linear(width, _options.Width));
            layers.Add(new Silu());
            width = _options.Width;
        }

        layers.Add(new Linear(width, 1));
        _discriminator = Own("discriminator", layers, PartMover.Opponent);
    }

    /// <inheritdoc/>
    protected override Tensor Loss(Signals signals) => Loss(Verdict(Generator.Generate(SamplesOf(signals).RandnLike())));

    /// <inheritdoc/>
    protected override Tensor OpponentLoss(Signals signals)
    {
        Tensor real = SamplesOf(signals), generated;
        using (Autograd.NoGrad())
            generated = Generator.Generate(real.RandnLike());
        return OpponentLoss(Verdict(real), Verdict(generated));
    }

    /// <summary>The generator's loss.</summary>
    /// <param name="generated">D of noisy generated samples, [N, 1], any floating dtype. Gradients flow here.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    public static Tensor Loss(Tensor generated)
    {
        ArgumentNullException.ThrowIfNull(generated);
        return (-generated.AtLeastFloat32()).Softplus().Mean();
    }

    /// <summary>The discriminator's loss.</summary>
    /// <param name="real">D of noisy real samples, [N, 1], any floating dtype. Gradients flow here.</param>
    /// <param name="generated">D of noisy generated samples, [M, 1]. Gradients flow here.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    public static Tensor OpponentLoss(Tensor real, Tensor generated)
    {
        ArgumentNullException.ThrowIfNull(real);
        ArgumentNullException.ThrowIfNull(generated);
        return generated.AtLeastFloat32().Softplus().Mean() + (-real.AtLeastFloat32()).Softplus().Mean();
    }

    private Tensor Verdict(Tensor samples)
    {
        Tensor sigma = _options.Levels.Draw(samples);
        Tensor scale = Preconditioning.Edm(sigma, _options.SigmaData).In;
        Tensor noisy = samples.Noised(sigma, samples.Detach().RandnLike()) * Denoiser.Spread(scale, samples);
        return Discriminator.Call(Ops.Cat([noisy.Flatten(1), (sigma.Log() / 4).Unsqueeze(1)], 1));
    }

    [Golden("dmd2-gan")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        Tensor real = vector["logits_real"].Detach().SetRequiresGrad();
        Tensor generated = vector["logits_fake"].Detach().SetRequiresGrad();
        Tensor discriminator = OpponentLoss(real, generated), generator = Loss(generated);
        Tensor?[] against = Autograd.Grad([discriminator], [real, generated], retainGraph: true);
        return new GoldenOutputs
        {
            ["loss_d"] = discriminator,
            ["loss_g"] = generator,
            ["grad_d:logits_real"] = against[0]!,
            ["grad_d:logits_fake"] = against[1]!,
            ["grad_g:logits_fake"] = Autograd.Grad([generator], [generated])[0]!,
        };
    }
}

/// <summary>What a recipe may write under <c>dmd2-gan:</c>.</summary>
public sealed record NoisyDiscriminatorOptions : CriterionOptions
{
    /// <summary>Which noise levels samples are told apart at.</summary>
    public NoiseLevels Levels { get; init; } = new GridLevels();

    /// <summary>Standard deviation of the data, by which noisy samples are brought to unit variance.</summary>
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public double SigmaData { get; init; } = 0.5;

    /// <summary>Width of the discriminator's hidden layers.</summary>
    [Range(1, 1 << 16)]
    public int Width { get; init; } = 128;

    /// <summary>How many hidden layers the discriminator has.</summary>
    [Range(1, 16)]
    public int Depth { get; init; } = 2;

    /// <summary>How the discriminator is trained.</summary>
    public OpponentOptions Opponent { get; init; } = new();
}
