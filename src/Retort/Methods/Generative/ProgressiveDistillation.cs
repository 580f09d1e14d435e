using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Diffusion;
using Retort.Golden;
using Retort.Models.Generative;
using Retort.Torch;

namespace Retort.Methods.Generative;

/// <summary>One step of the student does what two of the teacher do; the student is the next teacher, until a step is
/// left.</summary>
/// <remarks>
/// <para><b>Paper.</b> Salimans and Ho, "Progressive Distillation for Fast Sampling of Diffusion Models", ICLR 2022,
/// arXiv:2202.00512, algorithm 2; here in EDM's coordinates, as Song et al. compare with it.</para>
/// <para><b>Equation.</b> With N student steps, n drawn: σ at places n, n + ½ and n + 1 of N intervals (ρ = 7); x₁ = x₀ + σ_n ε,
/// two Euler (DDIM) steps of the teacher to x₃. The target is the clean sample from which one step leads there, x₁ − σ_n (x₃ −
/// x₁) / (σ_{n+1} − σ_n); the loss w(σ_n) |D(x₁, σ_n) − target|², mean over dimensions and batch.</para>
/// <para><b>Needs.</b> A teacher that denoises, samples [N, …]. A <c>train</c> stage a halving, each with the one before as its
/// teacher and <c>init_from</c>; a sampler of N Euler steps then ends at the grid's least level, so <c>sigma_min</c> there is the
/// second last level's.</para>
/// <para><b>Variants.</b> The paper's weight is max(1, SNR) on v-predictions of the variance-preserving process.</para>
/// </remarks>
[Method("progressive-distillation", Title = "Progressive distillation", Family = MethodFamily.Generative, Year = 2022,
    Paper = "arXiv:2202.00512")]
public sealed class ProgressiveDistillation(ProgressiveDistillationOptions options) : GenerativeCriterion(options)
{
    private readonly ProgressiveDistillationOptions _options = options;

    /// <inheritdoc/>
    protected override Tensor Loss(Signals signals)
    {
        Tensor samples = SamplesOf(signals);
        Tensor step = (samples.UniformEach() * _options.Steps).Floor().ClampMax(_options.Steps - 1);
        return Losses(
            Student, Teacher, samples, samples.RandnLike(), step, _options.Steps,
            new NoiseGrid(_options.SigmaMin, _options.SigmaMax), _options.Weighting, _options.SigmaData).Mean();
    }

    /// <summary>The loss a sample, for given steps and noise.</summary>
    /// <param name="student">Gradients flow into its weights.</param>
    /// <param name="teacher">Takes two steps, without gradients.</param>
    /// <param name="samples">x₀, [N, …].</param>
    /// <param name="noise">ε, [N, …].</param>
    /// <param name="step">n, whole numbers from 0 to steps − 1, [N].</param>
    /// <param name="steps">N.</param>
    /// <param name="grid">The noise levels.</param>
    /// <param name="weight">w.</param>
    /// <param name="sigmaData">The data's standard deviation, for a weight that is not uniform.</param>
    /// <returns>[N].</returns>
    /// <exception cref="ShapeException">Samples and noise differ in shape.</exception>
    public static Tensor Losses(
        Denoiser student, Denoiser teacher, Tensor samples, Tensor noise, Tensor step, int steps, NoiseGrid grid,
        LevelWeight weight = LevelWeight.Uniform, double sigmaData = 0.5)
    {
        ArgumentNullException.ThrowIfNull(student);
        ArgumentNullException.ThrowIfNull(teacher);
        ArgumentNullException.ThrowIfNull(step);
        Shapes.RequireSame(samples, noise);
        Tensor first = grid.At(step / steps), middle = grid.At((step + 0.5) / steps), last = grid.At((step + 1) / steps);
        Tensor noisy = samples.Noised(first, noise), target;
        using (Autograd.NoGrad())
        {
            Tensor half = SamplerOptions.EulerStep(teacher, noisy, first, middle);
            Tensor end = SamplerOptions.EulerStep(teacher, half, middle, last);
            target = (noisy - Denoiser.Spread(first / (last - first), noisy) * (end - noisy)).Detach();
        }

        Tensor apart = (student.Denoise(noisy, first) - target).Square().MeanEach();
        return GenerativeMath.Weight(weight, first, sigmaData) * apart;
    }

    [Golden("progressive-distillation")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        double data = vector.Number("sigma_data");
        double[] student = vector.Numbers("student"), teacher = vector.Numbers("teacher");
        Tensor a = vector.Leaf("a", student[0]), b = vector.Leaf("b", student[1]);
        static Tensor Time(Tensor sigma) => (sigma + 1e-44).Log() * (250.0 / 1000);
        Tensor losses = Losses(
            ToyDenoiser.Preconditioned(data, null, (u, s) => a * u + b * u.Tanh() * Time(s)),
            ToyDenoiser.Preconditioned(data, null, (u, s) => u * teacher[0] + u.Tanh() * teacher[1] * Time(s)),
            vector["x0"], vector["eps"], vector["indices"].To(vector["x0"].DType), vector.Integer("num_scales"),
            new NoiseGrid(vector.Number("sigma_min"), vector.Number("sigma_max"), vector.Number("rho")),
            vector.Text("weight") == "karras" ? LevelWeight.Karras : LevelWeight.Uniform, data);
        return new() { ["loss"] = losses.Mean(), ["per_sample"] = losses };
    }
}

/// <summary>What a recipe may write under <c>progressive-distillation:</c>.</summary>
public sealed record ProgressiveDistillationOptions : CriterionOptions
{
    /// <summary>N, the steps that the student will take: half of its teacher's.</summary>
    [Range(1, 100_000)]
    public int Steps { get; init; } = 4;

    /// <summary>w; uniform in the form that is here.</summary>
    public LevelWeight Weighting { get; init; }

    /// <summary>Standard deviation of the data, for a weight that is not uniform.</summary>
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public double SigmaData { get; init; } = 0.5;

    /// <summary>The least level.</summary>
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public double SigmaMin { get; init; } = 0.002;

    /// <summary>The largest level.</summary>
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public double SigmaMax { get; init; } = 80;
}
