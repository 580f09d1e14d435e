using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Golden;
using Retort.Models.Generative;
using Retort.Torch;

namespace Retort.Methods.Generative;

/// <summary>Straight paths from noise to data: learned from chance pairs first, then from the pairs that the flow itself
/// made.</summary>
/// <remarks>
/// <para><b>Paper.</b> Liu et al., "Flow Straight and Fast: Learning to Generate and Transfer Data with Rectified Flow", ICLR
/// 2023, arXiv:2209.03003, equations 1 and 6.</para>
/// <para><b>Equation.</b> |u_θ(z_t, t) − (z − x)|², z_t = (1 − t) x + t z, mean over all elements; t uniform in [0, 1 − 10⁻³]
/// where 1 is noise. With <c>steps: 1</c> all t are at the noise end, which distils the flow into one step; with k they are that
/// of its k steps.</para>
/// <para><b>Needs.</b> A student with <c>parameterization: flow</c>. Samples [N, …] alone: noise is drawn (1-rectified flow).
/// Samples with the field <c>noise</c>, as a <c>sample</c> stage leaves them (<c>train_on</c>): reflow, and then
/// distillation.</para>
/// <para><b>Variants.</b> The paper's time runs the other way, and its code shows the network 999 t.</para>
/// </remarks>
[Method("rectified-flow", Title = "Rectified flow and reflow", Family = MethodFamily.Generative, Year = 2023,
    Paper = "arXiv:2209.03003", Recipe = "methods/rectified-flow.yaml")]
[RecipeExample(Student = "{ model: mlp-denoiser, parameterization: flow }")]
public sealed class RectifiedFlow(RectifiedFlowOptions options) : GenerativeCriterion(options)
{
    private const double Margin = 1e-3;
    private readonly RectifiedFlowOptions _options = options;

    /// <inheritdoc/>
    public override bool IsTask => true;

    /// <inheritdoc/>
    protected override Tensor Loss(Signals signals)
    {
        Tensor samples = SamplesOf(signals), noise = FlowMatching.NoiseOf(signals.Batch, samples), drawn = samples.UniformEach();
        Tensor time = _options.Steps is { } steps
            ? ((drawn * steps).Floor().ClampMax(steps - 1) + 1) / steps
            : drawn * (1 - Margin);
        return FlowMatching.Errors(Student, samples, noise, time).Square().Mean();
    }

    [Golden("rectified-flow")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        ToyDenoiser net = Toy(vector, vector.Number("a"), vector.Number("b"));
        Tensor data = vector["data"], noise = vector["z0"], time = 1 - vector["t"];
        Tensor At(Tensor t) => FlowMatching.Errors(net, data, noise, t).Square().Mean();
        Tensor end = At(time.ZerosLike() + (1 - vector.Number("eps")));
        Tensor?[] slopes = Autograd.Grad([end], [vector["a"], vector["b"]], retainGraph: true);
        return new()
        {
            ["loss"] = At(time),
            ["distill_t0_loss"] = end,
            ["distill_grad:a"] = slopes[0]!,
            ["distill_grad:b"] = slopes[1]!,
        };
    }

    /// <summary>v(x, t) = a·x + b·tanh(x)·(1 + t) in the paper's time, as a velocity from data to noise.</summary>
    internal static ToyDenoiser Toy(GoldenInputs vector, double a, double b)
    {
        Tensor first = vector.Leaf("a", a), second = vector.Leaf("b", b);
        return ToyDenoiser.Flow((z, t, _) => -(first * z + second * z.Tanh() * (2 - Denoiser.Spread(t, z))));
    }
}

/// <summary>What a recipe may write under <c>rectified-flow:</c>.</summary>
public sealed record RectifiedFlowOptions : CriterionOptions
{
    /// <summary>The steps that the flow is distilled into. The default trains all times.</summary>
    [Range(1, 100_000)]
    public int? Steps { get; init; }
}
