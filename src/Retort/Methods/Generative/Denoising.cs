using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Diffusion;
using Retort.Diffusion.Levels;
using Retort.Golden;
using Retort.Models.Generative;
using Retort.Torch;

namespace Retort.Methods.Generative;

/// <summary>Clean samples are found again below noise: what trains a diffusion model, and a model of another generator.</summary>
/// <remarks>
/// <para><b>Paper.</b> Karras et al., "Elucidating the Design Space of Diffusion-Based Generative Models", NeurIPS 2022,
/// arXiv:2206.00364, equation 8.</para>
/// <para><b>Equation.</b> σ drawn, ε ~ N(0, I): w(σ) |D(x₀ + σε, σ) − x₀|², mean over all elements; w = 1/σ² + 1/σ_data² gives
/// the network's own output an error of unit weight.</para>
/// <para><b>Needs.</b> Samples [N, …]. With <c>from</c>, what that teacher or peer generates takes the samples' place: the
/// network then follows another generator's distribution, as score distillation needs it. A network with conditions is told the
/// samples' labels, and learns to do without where some are left <c>untold</c>.</para>
/// <para><b>Variants.</b> Published code sums over the dimensions and divides by the batch: a factor of their number.</para>
/// </remarks>
[Method("edm", Title = "Denoising (EDM)", Family = MethodFamily.Generative, Year = 2022, Paper = "arXiv:2206.00364")]
public sealed class Denoising(DenoisingOptions options) : GenerativeCriterion(options)
{
    private readonly DenoisingOptions _options = options;

    /// <inheritdoc/>
    public override bool IsTask => true;

    /// <inheritdoc/>
    public override bool NeedsTeacher => Options.From is not null;

    /// <inheritdoc/>
    protected override bool TeachersDenoise => false;

    /// <inheritdoc/>
    protected override Tensor Loss(Signals signals)
    {
        Tensor samples = SamplesOf(signals);
        if (Options.From is not null)
        {
            using GradMode off = Autograd.NoGrad();
            samples = Source.Generate(samples.RandnLike());
        }

        using IDisposable? told = _options.Untold > 0 && Student.Conditions > 0 ? Student.Given(Kept(signals.Labels)) : null;
        return Loss(Student, samples, _options.Levels.Draw(samples), samples.RandnLike(), _options.Weighting, _options.SigmaData);
    }

    private Tensor Kept(Tensor labels) => labels.MaskedFill(
        labels.To(DType.Float32).RandLike().Lt(_options.Untold), Retort.Data.Dataset.NoLabel);

    /// <summary>The loss itself, for given levels and noise.</summary>
    /// <param name="model">The network. Gradients flow into its weights.</param>
    /// <param name="samples">x₀, [N, …]. No gradient flows here.</param>
    /// <param name="sigma">σ, [N].</param>
    /// <param name="noise">ε, [N, …].</param>
    /// <param name="weight">w.</param>
    /// <param name="sigmaData">The data's standard deviation.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ShapeException">Samples and noise differ in shape.</exception>
    public static Tensor Loss(
        Denoiser model, Tensor samples, Tensor sigma, Tensor noise, LevelWeight weight = LevelWeight.Karras,
        double sigmaData = 0.5) =>
        Map(model, samples, sigma, noise, weight, sigmaData).Mean();

    private static Tensor Map(Denoiser model, Tensor samples, Tensor sigma, Tensor noise, LevelWeight weight, double sigmaData)
    {
        ArgumentNullException.ThrowIfNull(model);
        Shapes.RequireSame(samples, noise);
        Tensor clean = samples.Detach(), found = model.Denoise(clean.Noised(sigma, noise), sigma);
        return Denoiser.Spread(GenerativeMath.Weight(weight, sigma, sigmaData), clean) * (found - clean).Square();
    }

    [Golden("edm-loss")]
    private static GoldenOutputs GoldenEdm(GoldenInputs vector)
    {
        var levels = new LogNormalLevels { Mean = vector.Number("P_mean"), Deviation = vector.Number("P_std") };
        ToyDenoiser toy = ToyDenoiser.Of(vector, vector.Number("a"), vector.Number("b"));
        Tensor sigma = levels.At(vector["rnd_normal"].Flatten());
        Tensor map = Map(toy, vector["y"], sigma, vector["eps_unit"], LevelWeight.Karras, vector.Number("sigma_data"));
        return new() { ["loss"] = map.Mean(), ["weighted_map"] = map };
    }

    [Golden("sid-fake-score")]
    private static GoldenOutputs GoldenSid(GoldenInputs vector)
    {
        var levels = new LogNormalLevels { Mean = vector.Number("P_mean"), Deviation = vector.Number("P_std") };
        double[] fake = vector.Numbers("fake");
        Tensor images = vector["images"];
        Tensor mean = Loss(
            ToyDenoiser.Of(vector, fake[0], fake[1]), images, levels.At(vector["rnd_normal"].Flatten()), vector["eps_unit"],
            sigmaData: vector.Number("sigma_data"));
        return mean * (images.NumElements / (double)images.Size(0));
    }

    [Golden("dmd2-fake")]
    private static GoldenOutputs GoldenFake(GoldenInputs vector)
    {
        double[] fake = vector.Numbers("fake");
        return Loss(
            ToyDenoiser.Of(vector, fake[0], fake[1]), vector["latents"], vector["sigma"], vector["eps_unit"],
            sigmaData: vector.Number("sigma_data"));
    }

    [Golden("edm-precond")]
    private static GoldenOutputs GoldenPreconditioning(GoldenInputs vector) => new()
    {
        ["D"] = ToyDenoiser.Preconditioned(
            vector.Number("sigma_data"), null, (u, sigma) => u * 0.6 + u.Tanh() * 0.3 * (1 + sigma.Log() / 4))
            .Denoise(vector["x"], vector["sigma"]),
    };
}

/// <summary>What a recipe may write under <c>edm:</c>.</summary>
public sealed record DenoisingOptions : CriterionOptions
{
    /// <summary>Which noise levels are drawn.</summary>
    public NoiseLevels Levels { get; init; } = new LogNormalLevels();

    /// <summary>Share of the samples whose condition the network is not told, so that guidance can do without it; 0.1 in
    /// arXiv:2207.12598.</summary>
    [Range(0.0, 1.0)]
    public double Untold { get; init; }

    /// <summary>How much an error counts at a level.</summary>
    public LevelWeight Weighting { get; init; } = LevelWeight.Karras;

    /// <summary>Standard deviation of the data, for the weight.</summary>
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public double SigmaData { get; init; } = 0.5;
}
