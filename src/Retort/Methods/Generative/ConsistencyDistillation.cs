using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Models.Generative;
using Retort.Torch;

namespace Retort.Methods.Generative;

/// <summary>One network maps any point of the teacher's path to the path's end: samples in one evaluation.</summary>
/// <remarks>
/// <para><b>Paper.</b> Song et al., "Consistency Models", ICML 2023, arXiv:2303.01469, algorithm 2.</para>
/// <para><b>Equation.</b> Of N levels σ_1 &gt; … &gt; σ_N (ρ = 7), n drawn: x = x₀ + σ_n ε, x̂ one Heun step of the teacher to
/// σ_{n+1}; the loss is λ(σ_n) |f_θ(x, σ_n) − sg f_θ⁻(x̂, σ_{n+1})|², mean over dimensions and batch. θ⁻ ← μθ⁻ + (1 − μ)θ after
/// each step.</para>
/// <para><b>Needs.</b> A teacher that denoises, samples [N, …], and a student with <c>parameterization: consistency</c>, which is
/// the identity at the least level; it may begin with the teacher's weights (<c>init_from</c>).</para>
/// <para><b>Variants.</b> The paper measures pictures by LPIPS; here by the mean square.</para>
/// </remarks>
[Method("consistency-distillation", Title = "Consistency distillation", Family = MethodFamily.Generative, Year = 2023,
    Paper = "arXiv:2303.01469")]
[RecipeExample(Student = "{ model: mlp-denoiser, parameterization: consistency }")]
public sealed class ConsistencyDistillation(ConsistencyDistillationOptions options) : GenerativeCriterion(options)
{
    private readonly ConsistencyDistillationOptions _options = options;
    private MovingAverage? _average;

    /// <inheritdoc/>
    public override void Prepare(Signals signals) => _average = Own("target", new MovingAverage(Student));

    /// <inheritdoc/>
    protected override Tensor Loss(Signals signals)
    {
        Tensor samples = SamplesOf(signals);
        var grid = new NoiseGrid(_options.SigmaMin, _options.SigmaMax);
        double intervals = _options.Levels - 1;
        Tensor place = (samples.UniformEach() * intervals).Floor().ClampMax(intervals - 1);
        Tensor above = grid.At(place / intervals), below = grid.At((place + 1) / intervals);
        return ConsistencyMatching.Losses(
            Student, Target, Teacher, samples, samples.RandnLike(), above, below,
            weight: GenerativeMath.Weight(_options.Weighting, above, _options.SigmaData)).Mean();
    }

    /// <inheritdoc/>
    protected override void Remember(Signals signals) => _average!.Update(_options.Decay);

    private Tensor Target(Tensor noisy, Tensor sigma)
    {
        using IDisposable slow = _average!.Swap();
        return Student.Denoise(noisy, sigma);
    }
}

/// <summary>What a recipe may write under <c>consistency-distillation:</c>.</summary>
public sealed record ConsistencyDistillationOptions : CriterionOptions
{
    /// <summary>N, the levels of the grid; 18 in the paper (CIFAR-10, table 3).</summary>
    [Range(2, 100_000)]
    public int Levels { get; init; } = 18;

    /// <summary>μ, what of the target's weights is kept each step; 0.95 in the paper with 18 levels.</summary>
    [Range(0, 1, MaximumIsExclusive = true)]
    public double Decay { get; init; } = 0.95;

    /// <summary>λ; uniform in the paper.</summary>
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
