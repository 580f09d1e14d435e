using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Models.Generative;
using Retort.Torch;

namespace Retort.Methods.Generative;

/// <summary>The student learns where each path from noise stands at every level, each from the one before: no data is
/// seen.</summary>
/// <remarks>
/// <para><b>Paper.</b> Gu et al., "BOOT: Data-free Distillation of Denoising Diffusion Models with Bootstrapping", 2023,
/// arXiv:2306.05544, equations 8 to 10.</para>
/// <para><b>Equation.</b> y_θ(ε, σ) is the clean part of the path that begins with ε. With two neighbouring levels σ &gt; σ′,
/// ρ = σ′/σ, y = sg y_θ(ε, σ) and f the teacher's denoiser: the target is y + (1 − ρ)(f(y + σε, σ) − y), the loss
/// |y_θ(ε, σ′) − sg target|² / (1 − ρ)² + β |y_θ(ε, σ_max) − f(σ_max ε, σ_max)|², mean over all elements.</para>
/// <para><b>Needs.</b> A teacher that denoises and a student with <c>parameterization: signal</c> whose <c>sigma_max</c> and
/// <c>sigma_min</c> are the ends of the path. Samples serve for their shape alone.</para>
/// <para><b>Variants.</b> The paper's levels are continuous; here they are a geometric grid.</para>
/// </remarks>
[Method("boot", Title = "Bootstrapped distillation", Family = MethodFamily.Generative, Year = 2023, Paper = "arXiv:2306.05544")]
[RecipeExample(Student = "{ model: mlp-denoiser, parameterization: signal, sigma_max: 20 }")]
public sealed class Bootstrapping(BootstrappingOptions options) : GenerativeCriterion(options)
{
    private readonly BootstrappingOptions _options = options;

    /// <inheritdoc/>
    protected override Tensor Loss(Signals signals)
    {
        Tensor noise = SamplesOf(signals).RandnLike();
        Tensor place = (noise.UniformEach() * _options.Levels).Floor().ClampMax(_options.Levels - 1);
        double fall = Math.Log(_options.SigmaMin / Student.SigmaMax) / _options.Levels;
        return Loss(
            Student, Teacher, noise, (place * fall).Exp() * Student.SigmaMax, ((place + 1) * fall).Exp() * Student.SigmaMax,
            _options.Boundary);
    }

    /// <summary>The loss itself, for given noise and levels.</summary>
    /// <param name="student">y_θ. Gradients flow into its weights.</param>
    /// <param name="teacher">f.</param>
    /// <param name="noise">ε, [N, …].</param>
    /// <param name="above">σ, [N].</param>
    /// <param name="below">σ′, lower than σ, [N].</param>
    /// <param name="boundary">β.</param>
    /// <returns>A scalar.</returns>
    public static Tensor Loss(Denoiser student, Denoiser teacher, Tensor noise, Tensor above, Tensor below, double boundary = 1)
    {
        ArgumentNullException.ThrowIfNull(student);
        ArgumentNullException.ThrowIfNull(teacher);
        ArgumentNullException.ThrowIfNull(above);
        ArgumentNullException.ThrowIfNull(below);
        Tensor start = noise * student.SigmaMax, top = Denoiser.LevelsOf(noise, student.SigmaMax);
        Tensor step = Denoiser.Spread(1 - below / above, noise);
        Tensor target, first;
        using (Autograd.NoGrad())
        {
            Tensor signal = student.Denoise(start, above);
            target = signal + step * (teacher.Denoise(signal.Noised(above, noise), above) - signal);
            first = teacher.Denoise(start, top);
        }

        Tensor along = ((student.Denoise(start, below) - target) / step).Square().Mean();
        return boundary == 0 ? along : along + (student.Denoise(start, top) - first).Square().Mean() * boundary;
    }
}

/// <summary>What a recipe may write under <c>boot:</c>.</summary>
public sealed record BootstrappingOptions : CriterionOptions
{
    /// <summary>Steps of the geometric grid from the student's largest level to <c>sigma_min</c>.</summary>
    [Range(1, 100_000)]
    public int Levels { get; init; } = 32;

    /// <summary>The last level of the path.</summary>
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public double SigmaMin { get; init; } = 0.01;

    /// <summary>β, what the path's known beginning counts; 1 in the paper.</summary>
    [Range(0, double.MaxValue)]
    public double Boundary { get; init; } = 1;
}
