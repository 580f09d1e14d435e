using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Models.Generative;
using Retort.Torch;

namespace Retort.Methods.Generative;

/// <summary>A consistency model without a teacher: neighbouring points share their noise instead of a teacher's path.</summary>
/// <remarks>
/// <para><b>Paper.</b> Song et al., "Consistency Models", ICML 2023, arXiv:2303.01469, algorithm 3.</para>
/// <para><b>Equation.</b> |f_θ(x₀ + σ_n ε, σ_n) − sg f_θ⁻(x₀ + σ_{n+1} ε, σ_{n+1})|², mean over dimensions and batch, with N(k)
/// levels that grow from s₀ + 1 to s₁ + 1 in the course of training, and a target that follows the slower the more there are:
/// μ(k) = exp(s₀ ln μ₀ / N(k)).</para>
/// <para><b>Needs.</b> Samples [N, …] and a student with <c>parameterization: consistency</c>. The control of
/// <c>consistency-distillation</c>: what the teacher is worth.</para>
/// </remarks>
[Method("consistency-training", Title = "Consistency training", Family = MethodFamily.Generative, Year = 2023,
    Paper = "arXiv:2303.01469")]
[RecipeExample(Student = "{ model: mlp-denoiser, parameterization: consistency }")]
public sealed class ConsistencyTraining(ConsistencyTrainingOptions options) : GenerativeCriterion(options)
{
    private readonly ConsistencyTrainingOptions _options = options;
    private MovingAverage? _average;

    /// <inheritdoc/>
    public override bool IsTask => true;

    /// <inheritdoc/>
    public override void Prepare(Signals signals) => _average = Own("target", new MovingAverage(Student));

    /// <inheritdoc/>
    protected override Tensor Loss(Signals signals)
    {
        Tensor samples = SamplesOf(signals);
        var grid = new NoiseGrid(_options.SigmaMin, _options.SigmaMax);
        double intervals = LevelsAt(signals.Clock) - 1;
        Tensor place = (samples.UniformEach() * intervals).Floor().ClampMax(intervals - 1);
        Tensor above = grid.At(place / intervals), below = grid.At((place + 1) / intervals);
        return ConsistencyMatching.Losses(Student, Target, null, samples, samples.RandnLike(), above, below).Mean();
    }

    /// <inheritdoc/>
    protected override void Remember(Signals signals)
    {
        ArgumentNullException.ThrowIfNull(signals);
        _average!.Update(_options.Levels is null
            ? ConsistencyMatching.Decay(_options.Decay, _options.FirstLevels, LevelsAt(signals.Clock))
            : _options.Decay);
    }

    private int LevelsAt(StepClock clock) => _options.Levels ?? ConsistencyMatching.Levels(
        (double)clock.Step / Math.Max(1, clock.TotalSteps), _options.FirstLevels, _options.LastLevels);

    private Tensor Target(Tensor noisy, Tensor sigma)
    {
        using IDisposable slow = _average!.Swap();
        return Student.Denoise(noisy, sigma);
    }
}

/// <summary>What a recipe may write under <c>consistency-training:</c>.</summary>
public sealed record ConsistencyTrainingOptions : CriterionOptions
{
    /// <summary>N, where it is to stay the same. The default grows from <c>first_levels</c> to <c>last_levels</c>.</summary>
    [Range(2, 100_000)]
    public int? Levels { get; init; }

    /// <summary>s₀; 2 in the paper (CIFAR-10, table 3).</summary>
    [Range(2, 100_000)]
    public int FirstLevels { get; init; } = 2;

    /// <summary>s₁; 150 in the paper.</summary>
    [Range(2, 100_000)]
    public int LastLevels { get; init; } = 150;

    /// <summary>μ₀, 0.9 in the paper; with <c>levels</c> what of the target's weights is kept each step.</summary>
    [Range(0, 1, MinimumIsExclusive = true, MaximumIsExclusive = true)]
    public double Decay { get; init; } = 0.9;

    /// <summary>The least level.</summary>
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public double SigmaMin { get; init; } = 0.002;

    /// <summary>The largest level.</summary>
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public double SigmaMax { get; init; } = 80;
}
